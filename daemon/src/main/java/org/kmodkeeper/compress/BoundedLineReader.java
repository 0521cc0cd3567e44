package org.kmodkeeper.compress;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines of ISO 8859-1, which any bytes are. What stands in a line past a limit is left out,
 * so that a file without line ends does not fill the memory.
 *
 * <p>It looks for line ends in blocks of bytes, which saves about 200 ms of a first status at 10
 * kernels × 5 drivers: each kernel's list of symbols, 900 kB, takes 11 ms of processor time so, and
 * 32 ms character by character.
 */
public final class BoundedLineReader {
  /** Longer than any line that tells something. */
  private static final int MAX_LENGTH = 8192;

  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final byte[] line = new byte[MAX_LENGTH];
  private int at;
  private int end;

  public BoundedLineReader(InputStream in) {
    this.in = in;
  }

  /** The next line without its end; null when there is none. */
  public @Nullable String next() throws IOException {
    if (!fill()) {
      return null;
    }
    int length = 0;
    boolean ended = false;
    while (!ended && fill()) {
      int stop = at;
      while (stop < end && buffer[stop] != '\n') {
        stop++;
      }
      int count = Math.min(stop - at, MAX_LENGTH - length);
      System.arraycopy(buffer, at, line, length, count);
      length += count;
      ended = stop < end;
      at = ended ? stop + 1 : end;
    }
    return new String(line, 0, length, StandardCharsets.ISO_8859_1);
  }

  private boolean fill() throws IOException {
    if (at == end) {
      at = 0;
      end = Math.max(0, in.read(buffer));
    }
    return at < end;
  }
}
