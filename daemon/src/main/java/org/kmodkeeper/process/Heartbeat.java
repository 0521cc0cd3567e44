package org.kmodkeeper.process;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Tells a watchdog that one thread makes progress: the thread itself tells it, wherever it waits.
 *
 * <p>Calls by other threads do nothing, so that a stuck thread is never kept alive by a busy one.
 */
public final class Heartbeat {
  /** Nobody watches. */
  public static final Heartbeat NONE = new Heartbeat(Duration.ofDays(1), () -> {});

  private final Duration interval;
  private final Runnable signal;
  private volatile @Nullable Thread owner;
  private long last;

  /**
   * @param interval how often to signal; the watchdog's patience should be twice as long at least
   */
  public Heartbeat(Duration interval, Runnable signal) {
    this.interval = interval;
    this.signal = signal;
  }

  /** How long to wait at most between two calls of {@link #beat}. */
  public Duration interval() {
    return interval;
  }

  /** From now on it is the calling thread's. */
  public void begin() {
    owner = Thread.currentThread();
    last = System.nanoTime();
    signal.run();
  }

  /** The calling thread gets on; signals if it is the owner and the last signal is old enough. */
  public void beat() {
    if (Thread.currentThread() == owner && System.nanoTime() - last >= interval.toNanos() / 2) {
      last = System.nanoTime();
      signal.run();
    }
  }
}
