package org.kmodkeeper.adopt;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;

/**
 * Writes a source below an empty directory. All of it belongs to who writes it, can be read by all
 * and written by its owner; of the modes that it came with only the executable bit stays.
 */
final class Unpacker implements SourceTree.Visitor {
  private static final Set<PosixFilePermission> PLAIN =
      PosixFilePermissions.fromString("rw-r--r--");
  private static final Set<PosixFilePermission> EXECUTABLE =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private final Path root;
  private final SourceValidator rules;

  Unpacker(Path root, SourceValidator rules) {
    this.root = root;
    this.rules = rules;
  }

  @Override
  public void visit(SourceEntry given, InputStream content) throws IOException, RefusedException {
    @Nullable SourceEntry entry = rules.admit(given).orElse(null);
    if (entry == null) {
      return;
    }
    Path place = root.resolve(entry.path());
    Files.createDirectories(Objects.requireNonNull(place.getParent()));
    switch (entry.kind()) {
      case DIRECTORY -> Files.createDirectories(place);
      case SYMBOLIC_LINK -> Files.createSymbolicLink(place, Path.of(entry.target()));
      case HARD_LINK -> Files.createLink(place, root.resolve(entry.target()));
      case FILE -> {
        Files.copy(content, place);
        Files.setPosixFilePermissions(place, entry.isExecutable() ? EXECUTABLE : PLAIN);
        // make compares times: what is older than its source in the archive would be rebuilt.
        Files.setLastModifiedTime(place, entry.modified());
      }
      case OTHER -> throw new IllegalStateException("admitted: " + entry);
    }
  }

  /** Gives directories their mode, whatever this process's umask, and has all last a power cut. */
  void finish() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          Files.setPosixFilePermissions(file, EXECUTABLE);
        }
        if (!Files.isSymbolicLink(file)) {
          AtomicFile.sync(file);
        }
      }
    }
  }
}
