package org.kmodkeeper.adopt;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
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
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            if (directory.equals(root)) {
              return FileVisitResult.CONTINUE;
            }
            return directory.equals(root.resolve(".git"))
                ? FileVisitResult.SKIP_SUBTREE
                : add(directory);
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            return add(file);
          }

          private FileVisitResult add(Path file) {
            files.add(file);
            return files.size() > SourceValidator.MAX_FILES
                ? FileVisitResult.TERMINATE
                : FileVisitResult.CONTINUE;
          }
        });
    files.sort(null);
    return files;
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
