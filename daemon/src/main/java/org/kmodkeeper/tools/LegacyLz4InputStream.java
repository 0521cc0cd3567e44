package org.kmodkeeper.tools;

import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The one lz4 format that kernels read, {@code lz4 -l}: blocks of 8 MiB (lib/decompress_unlz4.c).
 */
final class LegacyLz4InputStream extends InputStream {
  private static final int MAGIC = 0x184c2102;
  private static final int MOST_PLAIN = 8 << 20;
  private static final int MOST_PACKED = MOST_PLAIN + MOST_PLAIN / 255 + 16;

  private final Lz4Decompressor decompressor = new Lz4Decompressor();
  private final InputStream in;
  private final byte[] plain = new byte[MOST_PLAIN];
  private byte[] packed = new byte[0];
  private int at;
  private int end;

  LegacyLz4InputStream(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    return fill() ? plain[at++] & 0xff : -1;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, end - at);
    System.arraycopy(plain, at, to, offset, count);
    at += count;
    return count;
  }

  private boolean fill() throws IOException {
    while (at == end) {
      byte[] size = in.readNBytes(4);
      if (size.length == 0) {
        return false;
      }
      if (size.length < 4) {
        throw new EOFException("cut short");
      }
      int count = ByteBuffer.wrap(size).order(ByteOrder.LITTLE_ENDIAN).getInt();
      if (count == 0) {
        return false;
      }
      if (count != MAGIC) {
        unpack(count);
      }
    }
    return true;
  }

  private void unpack(int count) throws IOException {
    if (count < 0 || count > MOST_PACKED) {
      throw new IOException("garbled: a block of " + Integer.toUnsignedString(count) + " bytes");
    }
    if (packed.length < count) {
      packed = Arrays.copyOf(packed, count);
    }
    if (in.readNBytes(packed, 0, count) < count) {
      throw new EOFException("cut short");
    }
    at = 0;
    end = decompressor.decompress(packed, 0, count, plain, 0, plain.length);
  }
}
