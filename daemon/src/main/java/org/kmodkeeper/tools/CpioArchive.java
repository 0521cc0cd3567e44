package org.kmodkeeper.tools;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.commons.io.input.BoundedInputStream;

/**
 * Walks what the kernel unpacks as an initramfs: cpio archives one after the other, with zeros
 * between them, and then one that is compressed (Documentation/driver-api/early-userspace/
 * buffer-format.rst).
 */
final class CpioArchive {
  /** More than any initramfs unpacks to; ends a decompression bomb. */
  private static final long MOST_BYTES = 4L << 30;

  private static final int HEADER = 110;
  private static final int LONGEST_NAME = 4096;
  private static final String TRAILER = "TRAILER!!!";

  private CpioArchive() {}

  /**
   * One file of an archive.
   *
   * @param inode tells hard links of one file, together with its device
   */
  record Entry(String name, int mode, String inode, int links, long size) {
    boolean isFile() {
      return (mode & 0170000) == 0100000;
    }

    boolean isSymbolicLink() {
      return (mode & 0170000) == 0120000;
    }
  }

  /** Sees each file. */
  @FunctionalInterface
  interface Visitor {
    /** Its content may be read in part or not at all. */
    void visit(Entry entry, InputStream content) throws IOException, InterruptedException;
  }

  /**
   * Walks the image to its end.
   *
   * @throws IOException if it is not whole
   */
  static void walk(InputStream image, Visitor visitor) throws IOException, InterruptedException {
    var in = new BufferedInputStream(image, 1 << 16);
    int archives = walkPlain(in, visitor);
    if (Compression.peek(in, 1).length > 0) {
      InputStream compressed = Compression.open(in);
      if (compressed == in) {
        throw new IOException("neither a cpio archive nor compressed in a way that is known");
      }
      var plain = new BufferedInputStream(Compression.limited(compressed, MOST_BYTES), 1 << 16);
      archives += walkPlain(plain, visitor);
      if (plain.read() >= 0) {
        throw new IOException("what is compressed is no cpio archive");
      }
    }
    if (archives == 0) {
      throw new IOException("empty");
    }
  }

  private static int walkPlain(BufferedInputStream in, Visitor visitor)
      throws IOException, InterruptedException {
    int archives = 0;
    skipZeros(in);
    while (isArchive(Compression.peek(in, 6))) {
      walkArchive(in, visitor);
      archives++;
      skipZeros(in);
    }
    return archives;
  }

  private static boolean isArchive(byte[] start) {
    String magic = new String(start, StandardCharsets.ISO_8859_1);
    return magic.equals("070701") || magic.equals("070702");
  }

  private static void skipZeros(BufferedInputStream in) throws IOException {
    int next;
    do {
      in.mark(1);
      next = in.read();
    } while (next == 0);
    if (next > 0) {
      in.reset();
    }
  }

  private static void walkArchive(BufferedInputStream in, Visitor visitor)
      throws IOException, InterruptedException {
    while (true) {
      byte[] header = read(in, HEADER);
      if (!isArchive(java.util.Arrays.copyOf(header, 6))) {
        throw new IOException("garbled: a cpio header without its magic number");
      }
      long nameSize = field(header, 11);
      if (nameSize < 1 || nameSize > LONGEST_NAME) {
        throw new IOException("garbled: a file name of " + nameSize + " bytes");
      }
      String name = text(read(in, (int) nameSize));
      in.skipNBytes(padding(HEADER + nameSize));
      if (name.equals(TRAILER)) {
        return;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      long size = field(header, 6);
      String inode = field(header, 7) + ":" + field(header, 8) + ":" + field(header, 0);
      visit(
          new Entry(name, (int) field(header, 1), inode, (int) field(header, 4), size),
          in,
          visitor);
      in.skipNBytes(padding(size));
    }
  }

  private static void visit(Entry entry, InputStream in, Visitor visitor)
      throws IOException, InterruptedException {
    BoundedInputStream content =
        BoundedInputStream.builder()
            .setInputStream(in)
            .setMaxCount(entry.size())
            .setPropagateClose(false)
            .get();
    visitor.visit(entry, content);
    in.skipNBytes(entry.size() - content.getCount());
  }

  private static byte[] read(InputStream in, int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("cut short");
    }
    return bytes;
  }

  /** The text up to the first NUL. */
  private static String text(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }

  /** One of the header's numbers of eight hexadecimal digits: cpio(5), new ASCII format. */
  private static long field(byte[] header, int index) throws IOException {
    long value = 0;
    for (int at = 6 + 8 * index; at < 14 + 8 * index; at++) {
      int digit = Character.digit(header[at], 16);
      if (digit < 0) {
        throw new IOException("garbled: a cpio header with a number that is none");
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private static long padding(long size) {
    return -size & 3;
  }
}
