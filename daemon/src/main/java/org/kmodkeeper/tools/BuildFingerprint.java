package org.kmodkeeper.tools;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Tells one build of a module from another, whether it is compressed, stripped or signed.
 *
 * <p>It is the linker's build id, which stripping and signing leave as it is; where there is none,
 * or the file is cut short, the digest of the plain contents. Taken from a stream in little memory,
 * since some modules are larger than the daemon.
 *
 * @param value the same for two files of one build, another for another build
 */
record BuildFingerprint(String value) {
  /** A larger file is no module; ends a decompression bomb. */
  private static final long MOST_BYTES = 1L << 30;

  /** Two words of sizes, one of type, and the name of four bytes: elf(5), Notes. */
  private static final int NOTE_HEADER = 16;

  private static final int LONGEST_NOTE = NOTE_HEADER + 64;
  private static final int BUILD_ID = 3;
  private static final int GNU = 0x00554e47;

  /** No module has more; a crafted file cannot fill the memory with them. */
  private static final int MOST_NOTES = 16;

  private static final int ELF_HEADER = 64;

  /**
   * The fingerprint of a module, compressed or not.
   *
   * @throws IOException if it cannot be read, or what is compressed is garbled
   */
  static BuildFingerprint of(InputStream module) throws IOException {
    return new Scan().run(Compression.open(new BufferedInputStream(module)));
  }

  /** One pass over a module. */
  private static final class Scan {
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private final MessageDigest digest = sha256();
    private final List<String> buildIds = new ArrayList<>();
    private byte[] header = {};
    private long size;

    BuildFingerprint run(InputStream plain) throws IOException {
      int filled = 0;
      boolean more = true;
      while (more) {
        int count = plain.readNBytes(buffer.array(), filled, buffer.capacity() - filled);
        take(filled, count);
        filled += count;
        more = filled == buffer.capacity();
        int scanned = scan(filled - (more ? LONGEST_NOTE : NOTE_HEADER), filled);
        System.arraycopy(buffer.array(), scanned, buffer.array(), 0, filled - scanned);
        filled -= scanned;
      }
      return new BuildFingerprint(
          buildIds.isEmpty() || !isWhole()
              ? "sha256 " + HexFormat.of().formatHex(digest.digest())
              : "build id " + String.join(" ", buildIds));
    }

    private void take(int from, int count) throws IOException {
      digest.update(buffer.array(), from, count);
      if (size == 0) {
        header = Arrays.copyOf(buffer.array(), Math.min(count, ELF_HEADER));
      }
      size += count;
      if (size > MOST_BYTES) {
        throw new IOException("a module of more than " + MOST_BYTES + " bytes");
      }
    }

    /** Notes of other names and types stand beside it, and one that is embedded counts as well. */
    private int scan(int last, int filled) {
      int at = 0;
      for (; at <= last; at += Integer.BYTES) {
        if (buffer.getInt(at + 12) == GNU && buildIds.size() < MOST_NOTES) {
          note(at, filled);
        }
      }
      return at;
    }

    private void note(int at, int filled) {
      boolean little = buffer.getInt(at + 8) == BUILD_ID;
      int nameSize = word(at, little);
      int idSize = word(at + 4, little);
      int end = at + NOTE_HEADER + idSize;
      if (word(at + 8, little) == BUILD_ID
          && nameSize == 4
          && idSize > 0
          && idSize <= LONGEST_NOTE - NOTE_HEADER
          && end <= filled) {
        buildIds.add(HexFormat.of().formatHex(buffer.array(), at + NOTE_HEADER, end));
      }
    }

    private int word(int at, boolean little) {
      int value = buffer.getInt(at);
      return little ? value : Integer.reverseBytes(value);
    }

    /** Linkers and strip write the section table last: a file that reaches past it is whole. */
    private boolean isWhole() {
      if (header.length < ELF_HEADER || !HexFormat.of().formatHex(header, 0, 5).equals(ELF_64)) {
        return false;
      }
      var elf = ByteBuffer.wrap(header);
      elf.order(header[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
      long table = elf.getLong(40);
      int length = Short.toUnsignedInt(elf.getShort(58)) * Short.toUnsignedInt(elf.getShort(60));
      return table > 0 && table <= size - length;
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
  }

  private static final String ELF_64 = "7f454c4602";
}
