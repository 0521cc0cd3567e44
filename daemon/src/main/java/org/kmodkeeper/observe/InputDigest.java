package org.kmodkeeper.observe;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.Kbuild;

/**
 * A digest of what a build depends on.
 *
 * <p>Files count by path, size, inode and change time, not by content: a touched file costs one
 * build too many at worst, and a source tree is not read through at each look.
 */
public final class InputDigest {
  /** More files than any driver has; keeps a misplaced tree from being walked for minutes. */
  private static final int MAX_FILES = 20_000;

  /** S_IFMT and two of its values: inode(7). */
  private static final int FILE_TYPE = 0170000;

  private static final int DIRECTORY = 0040000;
  private static final int SYMBOLIC_LINK = 0120000;

  private final MessageDigest digest;

  /** Ends the digest of all inputs but the key that modules are signed by. */
  private static final char KEY = '.';

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
    return Files.exists(file) ? add(file, attributes(file.toRealPath())) : add(file + " missing");
  }

  /**
   * Everything below a directory, but not what builds leave there: some drivers are built in their
   * own source directory, and would never be the same twice.
   */
  InputDigest addTree(Path directory) throws IOException {
    addTree(directory, MAX_FILES);
    return this;
  }

  /** Adds at most a number of files; returns how many more there may be. */
  private int addTree(Path directory, int most) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (DirectoryIteratorException changing) {
      throw changing.getCause();
    }
    entries.sort(null);
    int left = most;
    for (Path entry : entries) {
      if (left == 0) {
        break;
      }
      try {
        left = addEntry(entry, left - 1);
      } catch (NoSuchFileException gone) {
        // A running build creates and removes its own files there.
      }
    }
    return left;
  }

  private int addEntry(Path entry, int left) throws IOException {
    // One system call for each file: this is done for all sources at each look.
    Map<String, @Nullable Object> attributes = attributes(entry);
    switch ((int) requireNonNull(attributes.get("mode")) & FILE_TYPE) {
      case DIRECTORY -> {
        // dkms copies it with its permissions, which the service may refuse.
        add(entry).add(attributes.get("mode"));
        return addTree(entry, left);
      }
      case SYMBOLIC_LINK -> add(entry).add(Files.readSymbolicLink(entry));
      default -> {
        if (!Kbuild.isProduct(entry)) {
          add(entry, attributes);
        }
      }
    }
    return left;
  }

  private static Map<String, @Nullable Object> attributes(Path file) throws IOException {
    return Files.readAttributes(file, "unix:mode,size,ino,ctime", LinkOption.NOFOLLOW_LINKS);
  }

  private InputDigest add(Path name, Map<String, @Nullable Object> attributes) {
    var changed = (FileTime) requireNonNull(attributes.get("ctime"));
    return add(name)
        .add(attributes.get("size"))
        .add(attributes.get("ino"))
        .add(changed.to(TimeUnit.NANOSECONDS));
  }

  /**
   * A text with the digest of the key; without a key, the text itself.
   *
   * @param key null if there is none
   */
  static String signedBy(String text, @Nullable String key) {
    return key == null ? text : text + KEY + key;
  }

  /**
   * The inputs of a build that has ended: dkms makes its key in the first build of all, which then
   * is one with that key, and not one before a change.
   *
   * @param before its inputs when it began
   * @param after those of a build that would begin now
   */
  public static String built(String before, String after) {
    int key = after.indexOf(KEY);
    return key < 0 || before.indexOf(KEY) >= 0 ? before : before + after.substring(key);
  }

  /** The first 16 hexadecimal digits: enough to tell two states of one host apart. */
  String text() {
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }
}
