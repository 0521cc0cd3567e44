package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;

/**
 * Copies of kernels' own modules that dkms may move: {@code own-modules/<release>/<file>}.
 *
 * <p>dkms moves such a module before it knows whether the disk has room for the driver's, and
 * deletes its archive of it even if moving it back has failed.
 */
final class OwnModules {
  private final Path directory;

  OwnModules(HostPaths paths) {
    this.directory = paths.state().resolve("own-modules");
  }

  /** Copies a module, unless the same is there already. */
  void save(Kernel kernel, Path file) throws IOException {
    copy(file, directory.resolve(kernel.release()).resolve(file.getFileName()));
  }

  /**
   * Puts the copy where dkms has archived something else: an installation that did not come to its
   * end leaves a part of the driver's module, which the next one takes for the kernel's own.
   */
  void mend(Path copy, Path archived) throws IOException {
    copy(copy, archived);
  }

  private static void copy(Path from, Path to) throws IOException {
    if (!Files.exists(to) || Files.mismatch(from, to) >= 0) {
      AtomicFile.copy(from, to);
      Files.setLastModifiedTime(to, Files.getLastModifiedTime(from));
    }
  }

  /** The copies for that kernel. */
  List<Path> of(Kernel kernel) throws IOException {
    Path copies = directory.resolve(kernel.release());
    if (!Files.isDirectory(copies)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(copies)) {
      return files
          .filter(file -> !file.getFileName().toString().endsWith(AtomicFile.PARTIAL))
          .sorted()
          .toList();
    }
  }

  /** Removes the copies for all kernels but these. */
  void retain(Collection<Kernel> kernels) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> releases = Files.list(directory)) {
      for (Path release : releases.toList()) {
        if (kernels.stream().noneMatch(kernel -> release.endsWith(kernel.release()))) {
          FileUtils.forceDelete(release.toFile());
        }
      }
    }
  }
}
