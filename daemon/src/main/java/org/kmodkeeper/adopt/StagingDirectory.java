package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;

/**
 * A hidden directory beside the sources, where one is made whole before it gets its name. Nobody
 * takes it for a source, and what a killed command leaves of it the next one sweeps away.
 */
final class StagingDirectory implements AutoCloseable {
  private static final String PREFIX = ".kmodkeeper-adopt-";

  private final Path directory;

  private StagingDirectory(Path directory) {
    this.directory = directory;
  }

  /** Removes what was left behind, and begins an empty one. */
  static StagingDirectory begin(HostPaths paths) throws IOException {
    Files.createDirectories(paths.sources());
    for (Path entry : DirectoryListing.of(paths.sources())) {
      if (entry.getFileName().toString().startsWith(PREFIX)) {
        FileUtils.deleteDirectory(entry.toFile());
      }
    }
    return new StagingDirectory(Files.createTempDirectory(paths.sources(), PREFIX));
  }

  Path directory() {
    return directory;
  }

  /** Leaves nothing in it but what is in one of its directories. */
  void narrow(Path inside) throws IOException {
    Path whole = directory.resolveSibling(directory.getFileName() + "-whole");
    Files.move(directory, whole);
    Files.move(whole.resolve(directory.relativize(inside)), directory);
    FileUtils.deleteDirectory(whole.toFile());
  }

  /** Makes it a source: it is there whole from one moment to the next. */
  void publish(Path source) throws IOException {
    Files.move(directory, source, StandardCopyOption.ATOMIC_MOVE);
    AtomicFile.sync(directory.resolveSibling("."));
  }

  @Override
  public void close() throws IOException {
    FileUtils.deleteDirectory(directory.toFile());
  }
}
