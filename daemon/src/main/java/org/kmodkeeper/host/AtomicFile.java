package org.kmodkeeper.host;

import java.io.IOException;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** Files that are there whole or not at all, also after a crash. */
public final class AtomicFile {
  /** Ends the name of a file that is not complete; depmod and modprobe pass over such a name. */
  public static final String PARTIAL = ".kmodkeeper-new";

  private AtomicFile() {}

  /** Replaces the file's text. */
  public static void write(Path file, String text) throws IOException {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Replaces the file's bytes. */
  public static void write(Path file, byte[] content) throws IOException {
    Files.createDirectories(directory(file));
    publish(file, partial -> forAll(Files.write(partial, content)));
  }

  /** Copies {@code from} to {@code to}, replacing it; readable for all, writable for root. */
  public static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(directory(to));
    publish(to, partial -> forAll(Files.copy(from, partial, StandardCopyOption.REPLACE_EXISTING)));
  }

  /**
   * Writes a file for whoever runs this program: the umask decides who may read it, its directory
   * has to be there, and a link of that name is replaced, not followed.
   */
  public static void writeForCaller(Path file, Text text) throws IOException {
    publish(
        file,
        partial -> {
          // What lies there already may be someone's trap, in a directory like /tmp.
          Files.deleteIfExists(partial);
          try (Writer out =
              Files.newBufferedWriter(
                  partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            text.into(out);
          }
        });
  }

  /** Text that is written as it is made. */
  public interface Text {
    void into(Writer out) throws IOException;
  }

  private static void forAll(Path partial) throws IOException {
    Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static Path directory(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "not a file: the root");
  }

  /** How the partial file gets its content. */
  private interface Content {
    void into(Path partial) throws IOException;
  }

  private static void publish(Path file, Content content) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + PARTIAL);
    try {
      content.into(partial);
      sync(partial);
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      sync(directory(file));
    } catch (IOException failed) {
      Files.deleteIfExists(partial);
      throw IoErrors.at(file, failed);
    }
  }

  /** Makes a file, or a directory's entries, last through a power cut. */
  public static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
