package org.kmodkeeper.tools;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines of ISO 8859-1, which any bytes are. What stands in a line past a limit is left out,
 * so that a file without line ends does not fill the memory.
 */
final class LineReader {
  /** Longer than any line that tells something. */
  private static final int LONGEST = 8192;

  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final byte[] line = new byte[LONGEST];
  private int length;
  private int at;
  private int end;

  LineReader(InputStream in) {
    this.in = in;
  }

  /** The next line without its end; null when there is none. */
  @Nullable String next() throws IOException {
    return advance() ? text() : null;
  }

  /** Goes to the next line, which no text is made of yet; false when there is none. */
  boolean advance() throws IOException {
    length = 0;
    boolean begun = false;
    boolean ended = false;
    while (!ended && fill()) {
      begun = true;
      int stop = find(buffer, '\n', at, end);
      int count = Math.min(stop - at, LONGEST - length);
      System.arraycopy(buffer, at, line, length, count);
      length += count;
      ended = stop < end;
      at = ended ? stop + 1 : end;
    }
    return begun;
  }

  /** Where that character stands first in the line, from there on; -1 if it does not. */
  int indexOf(char wanted, int from) {
    int found = find(line, wanted, from, length);
    return found < length ? found : -1;
  }

  /** The line. */
  String text() {
    return text(0, length);
  }

  /** A part of the line. */
  String text(int from, int to) {
    return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** {@code to} if it is not there. */
  private static int find(byte[] bytes, char wanted, int from, int to) {
    int found = from;
    while (found < to && bytes[found] != wanted) {
      found++;
    }
    return found;
  }

  private boolean fill() throws IOException {
    if (at == end) {
      at = 0;
      end = Math.max(0, in.read(buffer));
    }
    return at < end;
  }
}
