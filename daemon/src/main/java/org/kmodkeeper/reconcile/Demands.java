package org.kmodkeeper.reconcile;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverOnKernel;

/** The builds that the operator asked for, even of what is ready; for any thread. */
final class Demands {
  private final Map<DriverOnKernel, Demand> open = new ConcurrentHashMap<>();

  /**
   * What was tried before does not count.
   *
   * @param since when it was asked for
   * @param last the newest attempt at that time, or null if there was none
   */
  record Demand(Instant since, @Nullable Attempt last) {
    static final Demand NONE = new Demand(Instant.EPOCH, null);

    /** If it was asked for in the future, the clock was set back: then only the order tells. */
    Demand at(Instant now) {
      return since.isAfter(now) ? new Demand(Instant.EPOCH, last) : this;
    }
  }

  void add(DriverOnKernel subject, Instant now, @Nullable Attempt last) {
    open.put(subject, new Demand(now, last));
  }

  Planner.Demand on(DriverOnKernel subject) {
    return open.containsKey(subject) ? Planner.Demand.REBUILD : Planner.Demand.NONE;
  }

  /** From when on attempts count. */
  Demand since(DriverOnKernel subject, Instant now) {
    @Nullable Demand known = open.computeIfPresent(subject, (same, demand) -> demand.at(now));
    return known == null ? Demand.NONE : known;
  }

  /**
   * It was done, or could not be; one that was asked for later stays open.
   *
   * @param looked when the look began that found nothing left to do
   */
  void meet(DriverOnKernel subject, Instant looked) {
    open.computeIfPresent(
        subject, (same, demand) -> demand.since().isAfter(looked) ? demand : null);
  }
}
