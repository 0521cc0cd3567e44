package org.kmodkeeper.process;

import java.io.IOException;
import java.time.Duration;

/** Waits for what nothing announces, such as the end of another process or of its lock. */
public final class Poll {
  private final Duration interval;
  private final Runnable alive;

  /**
   * @param interval between two tries
   * @param alive called before each wait; a {@link Heartbeat#beat}, for a thread with a watchdog
   */
  public Poll(Duration interval, Runnable alive) {
    this.interval = interval;
    this.alive = alive;
  }

  /** What is waited for. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /** Returns once the condition holds. */
  public void until(Condition condition) throws IOException, InterruptedException {
    while (!condition.holds()) {
      pause();
    }
  }

  /**
   * Returns once the condition holds, or the time is over.
   *
   * @return whether it holds
   */
  public boolean until(Condition condition, Duration limit)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    boolean holds = condition.holds();
    while (!holds && System.nanoTime() - began < limit.toNanos()) {
      pause();
      holds = condition.holds();
    }
    return holds;
  }

  private void pause() throws InterruptedException {
    alive.run();
    Thread.sleep(interval.toMillis());
  }
}
