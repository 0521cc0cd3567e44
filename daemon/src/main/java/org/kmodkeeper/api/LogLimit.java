package org.kmodkeeper.api;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Keeps callers from filling the log: in each interval one line for each subject, and few in all. A
 * user of user namespaces has many user ids.
 */
final class LogLimit {
  static final int MAX_LINES = 32;

  private final Duration interval;
  private final LongSupplier nanoTime;
  private final Set<Object> logged = new HashSet<>();
  private long began;

  LogLimit(Duration interval, LongSupplier nanoTime) {
    this.interval = interval;
    this.nanoTime = nanoTime;
  }

  /** Whether a line about the subject may be logged now; then it counts as logged. */
  synchronized boolean admits(Object subject) {
    long now = nanoTime.getAsLong();
    if (logged.isEmpty() || now - began >= interval.toNanos()) {
      logged.clear();
      began = now;
    }
    return logged.size() < MAX_LINES && logged.add(subject);
  }
}
