package org.kmodkeeper.process;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells a watchdog that one thread makes progress: the thread itself tells it, wherever it waits.
 *
 * <p>Calls by other threads do nothing, so that a stuck thread is never kept alive by a busy one.
 * Where the thread waits for helpers, each of them has to make progress.
 */
public final class Heartbeat {
  /** Nobody watches. */
  public static final Heartbeat NONE = new Heartbeat(Duration.ofDays(1), () -> {});

  private final Duration interval;
  private final Runnable signal;

  /** When each helper has made progress last. */
  private final Map<Thread, Long> helpers = new ConcurrentHashMap<>();

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
    helpers.computeIfPresent(Thread.currentThread(), (helper, before) -> System.nanoTime());
    if (Thread.currentThread() == owner && System.nanoTime() - last >= interval.toNanos() / 2) {
      last = System.nanoTime();
      signal.run();
    }
  }

  /** Runs the task; until it ends, the calling thread is one that the owner waits for. */
  public void help(Runnable task) {
    helpers.put(Thread.currentThread(), System.nanoTime());
    try {
      task.run();
    } finally {
      helpers.remove(Thread.currentThread());
    }
  }

  /**
   * The owner waits for its helpers: the same as {@link #beat}, unless one of them is stuck.
   *
   * @param patience how long a helper may take from one call of {@link #beat} to the next
   */
  public void beatWithHelpers(Duration patience) {
    long now = System.nanoTime();
    if (helpers.values().stream().allMatch(at -> now - at < patience.toNanos())) {
      beat();
    }
  }
}
