package org.kmodkeeper.compress;

import io.airlift.compress.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.commons.io.input.BoundedInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/**
 * Reads what is compressed as the kernel itself recognises it: by its first bytes, whatever its
 * name (lib/decompress.c).
 *
 * <p>gzip, xz and zstd: dracut uses gzip where its configuration names no other, since its package
 * requires gzip and it tries only pigz before (dracut.spec and dracut.sh of 059).
 */
public final class Compression {
  /** Enough for a dictionary of 16 MiB; dracut takes 1 MiB, plain xz 8 MiB. */
  private static final int MAX_XZ_KIBIBYTES = 24 << 10;

  /** What aircompressor allows where it looks; zstd -19 takes as much, dracut's -15 half. */
  private static final int MAX_ZSTD_WINDOW = 8 << 20;

  private static final int ZSTD_HEADER = 18;
  private static final int MAGIC = 6;

  private Compression() {}

  /** The next bytes of the stream, fewer at its end; they stay to be read. */
  public static byte[] peek(BufferedInputStream in, int count) throws IOException {
    in.mark(count);
    byte[] bytes = in.readNBytes(count);
    in.reset();
    return bytes;
  }

  /**
   * The plain contents; those of a stream that is not compressed are the stream itself.
   *
   * @throws IOException if it is compressed in a way that is not read here, or its start is
   *     garbled; later faults are thrown by the reads
   */
  public static InputStream open(BufferedInputStream in) throws IOException {
    byte[] start = peek(in, MAGIC);
    if (begins(start, 0x1f, 0x8b)) {
      return new GZIPInputStream(in, 1 << 16);
    }
    if (begins(start, 0xfd, '7', 'z', 'X', 'Z', 0)) {
      return new XZInputStream(in, MAX_XZ_KIBIBYTES);
    }
    if (begins(start, 0x28, 0xb5, 0x2f, 0xfd)) {
      return zstd(in);
    }
    requireNone(start, "bzip2", 'B', 'Z', 'h');
    requireNone(start, "lzop", 0x89, 'L', 'Z', 'O');
    requireNone(start, "lz4", 0x02, 0x21, 0x4c, 0x18);
    requireNone(start, "lzma", 0x5d, 0, 0);
    return in;
  }

  private static void requireNone(byte[] start, String format, int... magic) throws IOException {
    if (begins(start, magic)) {
      throw new IOException("compressed with " + format + ", which is not supported");
    }
  }

  /** The same stream, which fails beyond a number of bytes. */
  public static InputStream limited(InputStream in, long mostBytes) throws IOException {
    return BoundedInputStream.builder()
        .setInputStream(in)
        .setMaxCount(mostBytes)
        .setOnMaxCount(
            (most, count) -> {
              throw new IOException("unpacks to more than " + most + " bytes");
            })
        .get();
  }

  /** What a reader threw, in words; some ends of file come without a message. */
  public static String why(IOException garbled) {
    @Nullable String message = garbled.getMessage();
    return message == null ? "truncated" : message;
  }

  /** aircompressor allocates what a frame of one segment asks for, without a limit: RFC 8878. */
  private static InputStream zstd(BufferedInputStream in) throws IOException {
    ByteBuffer header = ByteBuffer.wrap(Arrays.copyOf(peek(in, ZSTD_HEADER), ZSTD_HEADER));
    header.order(ByteOrder.LITTLE_ENDIAN);
    int descriptor = header.get(4);
    if ((descriptor & 0x20) != 0) {
      int at = 5 + List.of(0, 1, 2, 4).get(descriptor & 3);
      long window =
          switch (descriptor >> 6 & 3) {
            case 0 -> header.get(at) & 0xff;
            case 1 -> 256 + (header.getShort(at) & 0xffff);
            case 2 -> header.getInt(at) & 0xffffffffL;
            default -> header.getLong(at);
          };
      if (window < 0 || window > MAX_ZSTD_WINDOW) {
        throw new IOException("a zstd window of " + Long.toUnsignedString(window) + " bytes");
      }
    }
    return new Checked(new ZstdInputStream(in));
  }

  private static boolean begins(byte[] bytes, int... magic) {
    for (int at = 0; at < magic.length; at++) {
      if (at >= bytes.length || (bytes[at] & 0xff) != magic[at]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Makes an IOException of corrupt input, as the JDK's own streams do. aircompressor 2.0.2 throws
   * an exception of its own, and whatever comes where it did not check.
   */
  private static final class Checked extends FilterInputStream {
    Checked(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      try {
        return super.read(to, offset, length);
      } catch (RuntimeException garbled) {
        throw new IOException("corrupt: " + garbled.getMessage(), garbled);
      }
    }
  }
}
