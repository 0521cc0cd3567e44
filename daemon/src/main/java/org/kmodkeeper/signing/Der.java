package org.kmodkeeper.signing;

import java.nio.ByteBuffer;
import org.kmodkeeper.compress.DamagedModuleException;

/**
 * Reads elements of DER, one after the other: ITU-T X.690.
 *
 * <p>It is our own since the JDK exports no reader, and Bouncy Castle's jars for PKCS #7 (bcpkix
 * 1.80 with bcprov and bcutil) have 10.5 MB, as many as the daemon with all of its libraries.
 */
final class Der {
  static final int INTEGER = 0x02;
  static final int OCTET_STRING = 0x04;
  static final int OBJECT_IDENTIFIER = 0x06;
  static final int SEQUENCE = 0x30;
  static final int SET = 0x31;

  private final ByteBuffer bytes;

  Der(byte[] bytes) {
    this(ByteBuffer.wrap(bytes));
  }

  private Der(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /** Whether the next element has that tag. */
  boolean at(int tag) {
    return bytes.hasRemaining() && (bytes.get(bytes.position()) & 0xff) == tag;
  }

  /** The elements inside of the next one. */
  Der enter(int tag) throws DamagedModuleException {
    return new Der(next(tag));
  }

  /** What the next element holds. */
  byte[] take(int tag) throws DamagedModuleException {
    return copy(next(tag));
  }

  /** The next element with its tag and length. */
  byte[] takeWhole(int tag) throws DamagedModuleException {
    int start = bytes.position();
    next(tag);
    return copy(bytes.slice(start, bytes.position() - start));
  }

  /** Passes over the next element if it has that tag. */
  void skip(int tag) throws DamagedModuleException {
    if (at(tag)) {
      next(tag);
    }
  }

  private ByteBuffer next(int tag) throws DamagedModuleException {
    if (!at(tag)) {
      throw garbled();
    }
    bytes.get();
    int length = length();
    if (length > bytes.remaining()) {
      throw garbled();
    }
    ByteBuffer content = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    return content;
  }

  /** In one byte, or in as many as the first one says. */
  private int length() throws DamagedModuleException {
    if (!bytes.hasRemaining()) {
      throw garbled();
    }
    int first = bytes.get() & 0xff;
    if (first < 0x80) {
      return first;
    }
    int count = first & 0x7f;
    if (count == 0 || count > 3 || count > bytes.remaining()) {
      throw garbled();
    }
    int length = 0;
    for (int at = 0; at < count; at++) {
      length = length << 8 | (bytes.get() & 0xff);
    }
    return length;
  }

  private static byte[] copy(ByteBuffer content) {
    byte[] copy = new byte[content.remaining()];
    content.get(copy);
    return copy;
  }

  private static DamagedModuleException garbled() {
    return new DamagedModuleException("has a corrupt signature");
  }
}
