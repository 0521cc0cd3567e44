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
  private final byte[] broken = new byte[LONGEST];

  /** Where the line is: in the buffer, or put together of what the buffer held one by one. */
  private byte[] line = broken;

  private int start;
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
    int stop = find(buffer, '\n', at, end);
    if (stop == end) {
      return advanceBeyondBuffer();
    }
    line = buffer;
    start = at;
    length = Math.min(stop - at, LONGEST);
    at = stop + 1;
    return true;
  }

  private boolean advanceBeyondBuffer() throws IOException {
    line = broken;
    start = 0;
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
    int found = find(line, wanted, start + from, start + length) - start;
    return found < length ? found : -1;
  }

  /** The line. */
  String text() {
    return text(0, length);
  }

  /** A part of the line. */
  String text(int from, int to) {
    return new String(line, start + from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** The one of the names that this part of the line is; null if it is none. */
  @Nullable String find(NameSet names, int from, int to) {
    return names.find(line, start + from, start + to);
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
