package org.kmodkeeper.evaluate;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.Rebuild;

/** The builds that the operator asked for, even of what is ready; for any thread. */
public final class RebuildRequests {
  private final Map<DriverOnKernel, Request> open = new ConcurrentHashMap<>();

  /**
   * What was tried before does not count.
   *
   * @param since when it was asked for
   * @param last the newest attempt at that time, or null if there was none
   */
  record Request(Instant since, @Nullable Attempt last) {
    static final Request NONE = new Request(Instant.EPOCH, null);

    /** If it was asked for in the future, the clock was set back: then only the order tells. */
    Request at(Instant now) {
      return since.isAfter(now) ? new Request(Instant.EPOCH, last) : this;
    }
  }

  public void add(DriverOnKernel subject, Instant now, @Nullable Attempt last) {
    open.put(subject, new Request(now, last));
  }

  public Rebuild on(DriverOnKernel subject) {
    return open.containsKey(subject) ? Rebuild.REQUESTED : Rebuild.IF_NEEDED;
  }

  /** From when on attempts count. */
  Request since(DriverOnKernel subject, Instant now) {
    @Nullable Request known = open.computeIfPresent(subject, (same, request) -> request.at(now));
    return known == null ? Request.NONE : known;
  }

  /**
   * It was done, or could not be; one that was asked for later stays open.
   *
   * @param looked when the look began that found nothing left to do
   */
  public void meet(DriverOnKernel subject, Instant looked) {
    open.computeIfPresent(
        subject, (same, request) -> request.since().isAfter(looked) ? request : null);
  }
}
