package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Completed;

/**
 * A compiler, and kernels' headers, in a root directory of their own. The package manager installs
 * them from the enabled repositories while builds need them; only root can enter the directory.
 */
public final class Toolchain {
  /**
   * What kbuild and vendors' makefiles run. kernel-devel itself requires next to nothing on EL 7
   * and 8. What differs in name between releases is asked for by its file.
   */
  private static final List<String> PACKAGES =
      List.of(
          "gcc",
          "make",
          "binutils",
          "elfutils-libelf-devel",
          "bash",
          "bc",
          "coreutils",
          "diffutils",
          "findutils",
          "gawk",
          "grep",
          "gzip",
          "kmod",
          "patch",
          "sed",
          "tar",
          "util-linux",
          "xz",
          "/usr/bin/perl",
          "/usr/bin/which");

  private static final FileAttribute<Set<PosixFilePermission>> ROOT_ALONE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path directory;
  private final PackageManager packages;

  /**
   * Installs nothing yet.
   *
   * @param builds where the builds happen that use it: each such place has one of its own
   */
  public Toolchain(HostPaths paths, Path builds, PackageManager packages) {
    this.directory = paths.toolchain(builds);
    this.packages = packages;
  }

  private Path root() {
    return directory.resolve("root");
  }

  private String unit() {
    return "kmodkeeper-toolchain-" + directory.getFileName() + ".service";
  }

  /**
   * Installs what a build for that kernel needs, as far as it is not there yet.
   *
   * @param log what the package manager says is added to it
   * @return the run of the package manager, which may have failed
   */
  public synchronized Completed provide(Kernel kernel, Path log)
      throws IOException, InterruptedException {
    if (!Files.isDirectory(root())) {
      // Nobody but root gets through to it; those who build begin below.
      Files.createDirectories(directory, ROOT_ALONE);
      Files.createDirectory(root());
    }
    List<String> wanted = new ArrayList<>(PACKAGES);
    wanted.add(PackageManager.headers(kernel));
    return packages.installBelow(root(), unit(), wanted, log);
  }

  /** Where a driver is built, with what was {@linkplain #provide provided}. */
  public BuildSpace space(Path builds, Driver driver, Kernel kernel) {
    Path headers = root().resolve("usr/src/kernels").resolve(kernel.release());
    return BuildSpace.of(builds, driver, kernel, headers).in(root(), headers);
  }

  /** Removes it with all that is in it, and ends a package manager that is still at work there. */
  public synchronized void remove() throws IOException, InterruptedException {
    if (Files.exists(directory)) {
      packages.removeBelow(directory, unit());
    }
  }
}
