package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Whether two sources are the same. */
final class TreeComparison {
  private TreeComparison() {}

  /**
   * The first file, by its name, that is not the same in both; nothing if all are.
   *
   * @param ignored a file that need not be the same
   */
  static Optional<String> firstDifference(Path one, Path other, String ignored) throws IOException {
    var names = new TreeSet<Path>();
    for (Path root : new Path[] {one, other}) {
      try (Stream<Path> files = Files.walk(root)) {
        files.map(root::relativize).forEach(names::add);
      }
    }
    names.remove(Path.of(ignored));
    for (Path name : names) {
      if (!same(one.resolve(name), other.resolve(name))) {
        return Optional.of(name.toString());
      }
    }
    return Optional.empty();
  }

  private static boolean same(Path one, Path other) throws IOException {
    if (Files.isSymbolicLink(one) || Files.isSymbolicLink(other)) {
      return Files.isSymbolicLink(one)
          && Files.isSymbolicLink(other)
          && Files.readSymbolicLink(one).equals(Files.readSymbolicLink(other));
    }
    if (Files.isRegularFile(one, LinkOption.NOFOLLOW_LINKS)) {
      return Files.isRegularFile(other, LinkOption.NOFOLLOW_LINKS)
          && Files.isExecutable(one) == Files.isExecutable(other)
          && Files.mismatch(one, other) < 0;
    }
    return Files.isDirectory(one) && Files.isDirectory(other);
  }
}
