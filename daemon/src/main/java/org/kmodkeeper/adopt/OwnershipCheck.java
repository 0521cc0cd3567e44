package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/** Who may change a source that stays where it is: what is built from it runs in the kernel. */
final class OwnershipCheck {
  private static final int OTHERS_WRITE = 0b000_010_010;

  private OwnershipCheck() {}

  /**
   * Requires that only the owner of the directory of all sources may change this one.
   *
   * @throws RefusedException if others may: tar run by root keeps an archive's owners
   */
  static void require(Path source) throws IOException, RefusedException {
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
}
