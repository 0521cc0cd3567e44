package org.kmodkeeper.initramfs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.apache.commons.io.IOUtils;
import org.apache.commons.io.input.CloseShieldInputStream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.Compression;

/**
 * Walks what the kernel unpacks as an initramfs: cpio archives one after the other, with zeros
 * between them, and then one that is compressed (Documentation/driver-api/early-userspace/
 * buffer-format.rst).
 */
final class CpioArchive {
  /** More than any initramfs unpacks to; ends a decompression bomb. */
  private static final long MAX_BYTES = 4L << 30;

  private static final int HEADER_SIZE = 110;
  private static final int NAME_SIZE = 94;
  private static final int MAX_NAME_SIZE = 4096;
  private static final int ALIGNMENT = 4;

  private CpioArchive() {}

  /** Sees each file. */
  @FunctionalInterface
  interface Visitor {
    /** Its content may be read in part or not at all. */
    void visit(CpioArchiveEntry entry, InputStream content)
        throws IOException, InterruptedException;
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
        throw new IOException("neither a cpio archive nor in a known compression format");
      }
      var plain = new BufferedInputStream(Compression.limited(compressed, MAX_BYTES), 1 << 16);
      archives += walkPlain(plain, visitor);
      if (plain.read() >= 0) {
        throw new IOException("the compressed data is not a cpio archive");
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
    while (isHeader(text(Compression.peek(in, HEADER_SIZE)))) {
      walkArchive(in, visitor);
      archives++;
      skipZeros(in);
    }
    return archives;
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
    var archive = new CpioArchiveInputStream(in, ALIGNMENT, ISO_8859_1.name());
    for (var entry = next(in, archive); entry != null; entry = next(in, archive)) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      visitor.visit(entry, CloseShieldInputStream.wrap(archive));
      IOUtils.consume(archive);
    }
  }

  private static @Nullable CpioArchiveEntry next(
      BufferedInputStream in, CpioArchiveInputStream archive) throws IOException {
    String header = text(Compression.peek(in, HEADER_SIZE));
    if (header.length() < HEADER_SIZE) {
      throw new EOFException("truncated");
    }
    try {
      // commons-compress 1.28 takes older formats too, and reads a name of any size.
      int nameSize = HexFormat.fromHexDigits(header, NAME_SIZE, NAME_SIZE + 8);
      if (!isHeader(header) || nameSize < 1 || nameSize > MAX_NAME_SIZE) {
        throw new IOException("corrupt: a bad cpio header");
      }
      return archive.getNextEntry();
    } catch (IllegalArgumentException | ArithmeticException garbled) {
      throw new IOException("corrupt: " + garbled.getMessage(), garbled);
    }
  }

  /** Whether it has the magic number of the new ASCII format, without or with a checksum. */
  private static boolean isHeader(String bytes) {
    return bytes.startsWith("070701") || bytes.startsWith("070702");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }
}
