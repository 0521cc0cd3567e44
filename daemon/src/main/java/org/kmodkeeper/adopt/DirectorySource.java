package org.kmodkeeper.adopt;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.kmodkeeper.adopt.SourceEntry.Kind;

/** A directory; what a version control system keeps in {@code .git} is left out. */
final class DirectorySource implements SourceTree {
  private final Path root;

  DirectorySource(Path root) {
    this.root = root;
  }

  @Override
  public void read(Visitor visitor) throws IOException, RefusedException {
    for (Path file : files()) {
      SourceEntry entry = entry(file);
      try (InputStream content =
          entry.kind() == Kind.FILE
              ? Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)
              : InputStream.nullInputStream()) {
        visitor.visit(entry, content);
      }
    }
  }

  /** Not many more than a source may have: who gives the wrong directory is told soon. */
  private List<Path> files() throws IOException {
    Path versions = root.resolve(".git");
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .skip(1)
          .filter(file -> !file.startsWith(versions))
          .limit(SourceValidator.MAX_FILES + 1)
          .sorted()
          .toList();
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
  }

  private SourceEntry entry(Path file) throws IOException {
    var attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    Kind kind =
        attributes.isRegularFile()
            ? Kind.FILE
            : attributes.isDirectory()
                ? Kind.DIRECTORY
                : attributes.isSymbolicLink() ? Kind.SYMBOLIC_LINK : Kind.OTHER;
    return new SourceEntry(
        root.relativize(file).toString(),
        kind,
        kind == Kind.FILE ? attributes.size() : 0,
        (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS),
        attributes.lastModifiedTime(),
        kind == Kind.SYMBOLIC_LINK ? Files.readSymbolicLink(file).toString() : "");
  }
}
