package org.kmodkeeper.api;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.reconcile.Bell;
import org.kmodkeeper.varlink.Call;
import org.kmodkeeper.varlink.Handler;
import org.kmodkeeper.varlink.VarlinkException;

/**
 * Answers the calls of Watch. However many watch, one look at the disk serves all of them; but none
 * is shown what was seen before it called.
 */
final class Watch {
  /** What is shown. */
  @FunctionalInterface
  interface Look {
    Object look() throws VarlinkException, InterruptedException;
  }

  private final Bell bell;
  private final Duration pulse;
  private final Look look;
  private @Nullable Object last;
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
  Object answer(Call call, Handler.Replies replies)
      throws VarlinkException, IOException, InterruptedException {
    if (call.style() != Call.Style.MORE) {
      throw VarlinkException.expectedMore();
    }
    long called = System.nanoTime();
    @Nullable Object shown = null;
    while (true) {
      long rings = bell.rings();
      Object now = status(rings, called);
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

  /** The last look, if it began after so many rings, after the call and within the pulse. */
  private synchronized Object status(long rings, long called)
      throws VarlinkException, InterruptedException {
    @Nullable Object known = last;
    boolean recent = began - called > 0 && System.nanoTime() - began < pulse.toNanos();
    if (known != null && heard >= rings && recent) {
      return known;
    }
    heard = bell.rings();
    began = System.nanoTime();
    Object now = look.look();
    last = now;
    return now;
  }
}
