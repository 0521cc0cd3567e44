package org.kmodkeeper.api;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.reconcile.Bell;
import org.kmodkeeper.varlink.Call;
import org.kmodkeeper.varlink.Handler;
import org.kmodkeeper.varlink.VarlinkException;

/** Answers the calls of Watch. However many watch, one look at the disk serves all of them. */
final class Watch {
  /** What is shown. */
  @FunctionalInterface
  interface Look {
    JsonObject look() throws VarlinkException, InterruptedException;
  }

  private final Bell bell;
  private final Duration pulse;
  private final Look look;
  private @Nullable JsonObject last;
  private long heard;
  private long began;

  /**
   * @param pulse how soon a change that nobody rings for is seen, and a caller that has gone
   */
  Watch(Bell bell, Duration pulse, Look look) {
    this.bell = bell;
    this.pulse = pulse;
    this.look = look;
  }

  /** Shows the status now and after each change, until the caller has gone. */
  JsonObject answer(Call call, Handler.Replies replies)
      throws VarlinkException, IOException, InterruptedException {
    if (call.style() != Call.Style.MORE) {
      throw VarlinkException.expectedMore();
    }
    @Nullable JsonObject shown = null;
    while (true) {
      long rings = bell.rings();
      JsonObject now = status(rings);
      if (!now.equals(shown)) {
        replies.next(now);
        shown = now;
      }
      bell.await(rings, pulse);
      if (replies.abandoned()) {
        return now;
      }
    }
  }

  /** The last look, if it began after so many rings and within the pulse; else a new one. */
  private synchronized JsonObject status(long rings) throws VarlinkException, InterruptedException {
    @Nullable JsonObject known = last;
    if (known != null && heard >= rings && System.nanoTime() - began < pulse.toNanos()) {
      return known;
    }
    heard = bell.rings();
    began = System.nanoTime();
    JsonObject now = look.look();
    last = now;
    return now;
  }
}
