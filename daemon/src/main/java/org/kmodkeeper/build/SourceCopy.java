package org.kmodkeeper.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.kmodkeeper.process.Heartbeat;

/**
 * Copies a source tree for a build: files with their times, which make goes by, and permissions,
 * links as links. Unlike with cp(1), a setuid or setgid bit is never asked for, not even for an
 * instant; {@code RestrictSUIDSGID} refuses that. What is neither file nor link is left out.
 */
final class SourceCopy extends SimpleFileVisitor<Path> {
  private final Path from;
  private final Path to;
  private final Heartbeat heartbeat;

  private SourceCopy(Path from, Path to, Heartbeat heartbeat) {
    this.from = from;
    this.to = to;
    this.heartbeat = heartbeat;
  }

  /**
   * Copies what is in a directory into another one, which is there.
   *
   * @throws InterruptedException if the thread was interrupted; part of it is copied then
   */
  static void copy(Path from, Path to, Heartbeat heartbeat)
      throws IOException, InterruptedException {
    Files.walkFileTree(from.toRealPath(), new SourceCopy(from.toRealPath(), to, heartbeat));
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private Path copyOf(Path original) {
    return to.resolve(from.relativize(original).toString());
  }

  @Override
  public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
      throws IOException {
    if (!directory.equals(from)) {
      Files.createDirectory(copyOf(directory));
    }
    return FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
    heartbeat.beat();
    Path copy = copyOf(file);
    if (attributes.isSymbolicLink()) {
      Files.createSymbolicLink(copy, Files.readSymbolicLink(file));
    } else if (attributes.isRegularFile()) {
      var permissions = Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
      // Whoever builds owns the copy.
      Files.createFile(copy, PosixFilePermissions.asFileAttribute(permissions));
      try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
          var out = Files.newOutputStream(copy)) {
        in.transferTo(out);
      }
      Files.setLastModifiedTime(copy, attributes.lastModifiedTime());
    }
    return Thread.currentThread().isInterrupted()
        ? FileVisitResult.TERMINATE
        : FileVisitResult.CONTINUE;
  }
}
