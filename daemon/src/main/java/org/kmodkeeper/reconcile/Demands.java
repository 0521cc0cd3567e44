package org.kmodkeeper.reconcile;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The builds that the operator asked for, even of what is ready; for any thread. */
final class Demands {
  private final Map<Subject, Instant> open = new ConcurrentHashMap<>();

  void add(Subject subject, Instant now) {
    open.put(subject, now);
  }

  Planner.Demand on(Subject subject) {
    return open.containsKey(subject) ? Planner.Demand.REBUILD : Planner.Demand.NONE;
  }

  /** When it was asked for: what was tried before does not count. */
  Instant since(Subject subject) {
    return open.getOrDefault(subject, Instant.EPOCH);
  }

  /**
   * It was done, or could not be; one that was asked for later stays open.
   *
   * @param looked when the look began that found nothing left to do
   */
  void meet(Subject subject, Instant looked) {
    open.computeIfPresent(subject, (same, since) -> since.isAfter(looked) ? since : null);
  }
}
