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

  /** It was done, or could not be; one that was asked for later stays open. */
  void meet(Subject subject, Instant done) {
    open.computeIfPresent(subject, (same, since) -> since.isAfter(done) ? since : null);
  }
}
