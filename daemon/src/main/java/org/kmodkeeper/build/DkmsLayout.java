package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.model.Kernel;

/** The directories of dkms's tree: {@code <driver>/<version>/<release>/<arch>/module/<file>}. */
final class DkmsLayout {
  private DkmsLayout() {}

  /** Those in a directory, by name; links do not count. */
  static List<Path> directories(Path parent) throws IOException {
    return DirectoryListing.of(parent).stream()
        .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
        .toList();
  }

  /** The modules that were built of one version for one kernel. */
  static List<Path> modules(Path release) throws IOException {
    List<Path> modules = new ArrayList<>();
    for (Path machine : directories(release)) {
      modules.addAll(DirectoryListing.of(machine.resolve("module")));
    }
    return modules;
  }

  /**
   * Removes what a killed dkms left of a version: it knows nothing of a kernel's directory without
   * a module, and keeps a version that has one.
   *
   * @return whether there was any
   */
  static boolean removeUnbuilt(Path version) throws IOException {
    boolean any = false;
    for (Path release : directories(version)) {
      if (Kernel.isRelease(release.getFileName().toString()) && modules(release).isEmpty()) {
        FileUtils.deleteDirectory(release.toFile());
        any = true;
      }
    }
    return any;
  }
}
