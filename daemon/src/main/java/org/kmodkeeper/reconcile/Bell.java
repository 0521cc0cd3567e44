package org.kmodkeeper.reconcile;

import java.time.Duration;

/** Rings when the status may have changed; whoever listens looks for itself. */
public final class Bell {
  private long rings;

  /** Wakes all who listen. */
  public synchronized void ring() {
    rings++;
    notifyAll();
  }

  /** How often it has rung. */
  public synchronized long rings() {
    return rings;
  }

  /** Waits until it has rung more often than {@code heard}, at most for the given time. */
  public synchronized void await(long heard, Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    long left = longest.toMillis();
    while (rings == heard && left > 0) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
  }
}
