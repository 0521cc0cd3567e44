package org.kmodkeeper.preflight;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.HeadersPackage;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.OfferedPackage;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Completed;

/**
 * The headers of a kernel that is not installed: downloaded and unpacked below the cache, and there
 * as long as they are used.
 */
final class OfferedHeaders {
  private final HostPaths paths;
  private final PackageManager packages;
  private final HeadersPackage unpacker;

  /** Whose headers are wanted now. */
  private @Nullable Kernel current;

  private @Nullable Path headers;
  private String failure = "";

  OfferedHeaders(HostPaths paths, PackageManager packages, HeadersPackage unpacker) {
    this.paths = paths;
    this.packages = packages;
    this.unpacker = unpacker;
  }

  /**
   * Gets the headers out of their package, once.
   *
   * @return where they are
   * @throws IOException if they cannot be had, each time for the same reason; the message names the
   *     package
   */
  Path fetch(Kernel kernel, OfferedPackage wanted) throws IOException, InterruptedException {
    if (!kernel.equals(current)) {
      clear();
      current = kernel;
      try {
        headers = unpack(kernel, wanted);
      } catch (IOException failed) {
        failure =
            wanted.name() + ": " + failed.getMessage() + IoErrors.lackOfSpace(paths.downloads());
      }
    }
    if (headers == null) {
      throw new IOException(failure);
    }
    return headers;
  }

  private Path unpack(Kernel kernel, OfferedPackage wanted)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(paths.downloads().resolve(kernel.release()));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    Path download = Files.createDirectories(directory.resolve("download"));
    Path unpacked = Files.createDirectories(directory.resolve("root"));
    Path log = directory.resolve("log");
    Completed ran = packages.download(wanted.name(), wanted.repository(), download, log);
    @Nullable Path file = ran.succeeded() ? only(download) : null;
    if (file == null) {
      throw new IOException(
          "cannot download it: " + new BuildLog(log).lastLine().orElse(ran.ending().toString()));
    }
    Optional<String> distrust =
        packages.distrusts(file, wanted.repository(), directory.resolve("repository"));
    if (distrust.isPresent()) {
      throw new IOException(distrust.get());
    }
    Path found = unpacker.unpack(file, unpacked, kernel, log);
    Files.delete(file);
    // Builds are another user's.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    return found;
  }

  private static @Nullable Path only(Path directory) throws IOException {
    List<Path> files = DirectoryListing.of(directory);
    return files.size() == 1 ? files.get(0) : null;
  }

  /** Removes all of it, also what a preflight left that was killed. */
  void clear() throws IOException {
    current = null;
    headers = null;
    FileUtils.deleteDirectory(paths.downloads().toFile());
  }
}
