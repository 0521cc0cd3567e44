package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;

/**
 * The environment variables by which vendors' makefiles let themselves be told their kernel. Whose
 * they are, and which are left out, is in {@code docs/build-environment.md}.
 */
final class KernelVariables {
  /** Hold the kernel's release. */
  static final List<String> RELEASE =
      List.of("BUILD_KERNEL", "KERNEL_UNAME", "KERNEL_VERSION", "KERN_VER", "KVER", "KVERSION");

  /** Hold the directory of its headers. */
  static final List<String> DIRECTORY =
      List.of(
          "KDIR",
          "KERNELDIR",
          "KERNEL_BUILD_DIR",
          "KERNEL_DIR",
          "KERNEL_SOURCE_DIR",
          "KERNEL_SRC",
          "KSRC");

  private KernelVariables() {}

  /**
   * What to set for a build for that kernel, by the variable's name.
   *
   * @param isOneTree whether its headers are one tree
   */
  static Map<String, String> of(HostPaths paths, Kernel kernel, boolean isOneTree) {
    Path build = paths.tree(kernel).resolve("build");
    Map<String, String> variables = new HashMap<>();
    RELEASE.forEach(name -> variables.put(name, kernel.release()));
    if (isOneTree) {
      DIRECTORY.forEach(name -> variables.put(name, build.toString()));
    }
    return variables;
  }

  /**
   * Some take a directory for the kernel's source, others for what was built of it. On the
   * distributions of the RHEL family that is the same.
   */
  static boolean isOneTree(HostPaths paths, Kernel kernel) throws IOException {
    Path build = paths.tree(kernel).resolve("build");
    Path source = paths.tree(kernel).resolve("source");
    return Files.isDirectory(build) && (!Files.exists(source) || Files.isSameFile(build, source));
  }
}
