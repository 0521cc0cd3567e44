package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A source that is in its place already: who may change it, and what differs in another one. */
final class SourceInPlace {
  private static final int OTHERS_WRITE = 0b000_010_010;

  private SourceInPlace() {}

  /**
   * Requires that only the owner of the directory of all sources may change this one: what is built
   * from it runs in the kernel.
   *
   * @throws RefusedException if others may: tar run by root keeps an archive's owners
   */
  static void requireOwner(Path source) throws IOException, RefusedException {
    Object owner = attribute(Objects.requireNonNull(source.getParent()), "unix:uid");
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (isWritable(file) || !owner.equals(attribute(file, "unix:uid"))) {
          throw new RefusedException(
              ("%s can be changed by users other than root; make root its owner:"
                      + " chown -hR root:root %s && chmod -R go-w %s")
                  .formatted(file, source, source));
        }
      }
    }
  }

  private static boolean isWritable(Path file) throws IOException {
    return !Files.isSymbolicLink(file)
        && ((Integer) attribute(file, "unix:mode") & OTHERS_WRITE) != 0;
  }

  private static Object attribute(Path file, String name) throws IOException {
    return Files.getAttribute(file, name, LinkOption.NOFOLLOW_LINKS);
  }

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
