package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A digest of what a build depends on.
 *
 * <p>Files count by path, size, inode and change time, not by content: a touched file costs one
 * build too many at worst, and a source tree is not read through at each look.
 */
final class InputDigest {
  /** More files than any driver has; keeps a misplaced tree from being walked for minutes. */
  private static final int MOST_FILES = 20_000;

  /** What kbuild makes. */
  private static final Pattern MADE =
      Pattern.compile(".*\\.(o|ko|mod|mod\\.c|cmd|symvers)|modules\\.order");

  private final MessageDigest digest;

  InputDigest() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  InputDigest add(@Nullable Object value) {
    digest.update((value + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** A file's identity, following links; that it is missing counts too. */
  InputDigest addFile(Path file) throws IOException {
    return Files.exists(file) ? addAttributes(file, file.toRealPath()) : add(file + " missing");
  }

  /**
   * Everything below a directory, but not what builds leave there: some drivers are built in their
   * own source directory, and would never be the same twice.
   */
  InputDigest addTree(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files.sorted().limit(MOST_FILES)::iterator) {
        if (Files.isSymbolicLink(file)) {
          add(file).add(Files.readSymbolicLink(file));
        } else if (!Files.isDirectory(file) && !isMade(file)) {
          addAttributes(file, file);
        }
      }
    } catch (UncheckedIOException changing) {
      throw changing.getCause();
    }
    return this;
  }

  private static boolean isMade(Path file) {
    return MADE.matcher(file.getFileName().toString()).matches();
  }

  private InputDigest addAttributes(Path name, Path file) throws IOException {
    Map<String, @Nullable Object> attributes =
        Files.readAttributes(file, "unix:size,ino,ctime", LinkOption.NOFOLLOW_LINKS);
    return add(name)
        .add(attributes.get("size"))
        .add(attributes.get("ino"))
        .add(attributes.get("ctime"));
  }

  /** The first 16 hexadecimal digits: enough to tell two states of one host apart. */
  String text() {
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }
}
