package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.kmodkeeper.host.DirectoryListing;

/**
 * The directory of a source that the operator chose, where the source holds several drivers.
 *
 * @param isWhole whether it is a separate source: a dkms.conf takes its own directory for the
 *     source's top. A makefile may use what lies beside it, so there the rest is kept.
 */
record DriverDirectory(Path directory, boolean isWhole) {
  /**
   * Finds the directory in a source that has been unpacked.
   *
   * @param wanted relative to the source; empty for all of it
   * @param source what to call it in messages
   * @throws RefusedException if there is no such directory, or it could not stand alone
   */
  static DriverDirectory in(Path root, Path wanted, String source)
      throws IOException, RefusedException {
    Path directory = root.resolve(wanted).normalize();
    if (!directory.startsWith(root)
        || !Files.isDirectory(directory)
        || !directory.toRealPath().equals(root.toRealPath().resolve(root.relativize(directory)))) {
      throw new RefusedException(source + ": has no directory " + wanted);
    }
    boolean isWhole = !directory.equals(root) && DkmsConfFile.in(directory).isPresent();
    if (isWhole) {
      requireNoLinkOut(directory, source + ": " + wanted);
    }
    return new DriverDirectory(directory, isWhole);
  }

  private static void requireNoLinkOut(Path directory, String name)
      throws IOException, RefusedException {
    List<Path> links;
    try (Stream<Path> files = Files.walk(directory)) {
      links = files.filter(Files::isSymbolicLink).toList();
    }
    for (Path link : links) {
      if (!link.resolveSibling(Files.readSymbolicLink(link)).normalize().startsWith(directory)) {
        throw new RefusedException(
            name + "/" + directory.relativize(link) + " leads outside the directory");
      }
    }
  }

  /** What lies beside a dkms.conf in {@code conf/} is meant to lie beside it at the top. */
  static void putConfInPlace(Path source) throws IOException {
    Optional<Path> conf = DkmsConfFile.in(source);
    if (conf.isEmpty() || source.equals(conf.get().getParent())) {
      return;
    }
    for (Path file : DirectoryListing.of(Objects.requireNonNull(conf.get().getParent()))) {
      Path place = source.resolve(file.getFileName());
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          && !Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
        Files.copy(file, place, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }
}
