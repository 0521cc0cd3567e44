package org.kmodkeeper.varlink;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Cuts a stream of bytes into messages, each ended by a NUL, none longer than a limit. */
final class MessageFramer {
  private final int limit;
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

  MessageFramer(int limit) {
    this.limit = limit;
  }

  /** A message passed the limit; the stream cannot be followed any further. */
  static final class TooLong extends Exception {}

  /** Takes bytes up to the end of one message; empty when the message needs more bytes. */
  Optional<byte[]> take(ByteBuffer bytes) throws TooLong {
    while (bytes.hasRemaining()) {
      byte next = bytes.get();
      if (next == 0) {
        byte[] message = begun.toByteArray();
        begun.reset();
        return Optional.of(message);
      }
      if (begun.size() == limit) {
        throw new TooLong();
      }
      begun.write(next);
    }
    return Optional.empty();
  }
}
