package org.kmodkeeper.evaluate;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.history.HistoryFile;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.Rebuild;

/** The builds that the operator asked for, even of what is ready; for any thread. */
public final class RebuildRequests {
  private final HistoryFile history;
  private final Map<DriverOnKernel, Request> open = new ConcurrentHashMap<>();

  public RebuildRequests(HistoryFile history) {
    this.history = history;
  }

  /**
   * What was tried before does not count.
   *
   * @param since when it was asked for
   * @param last the newest attempt at that time, or null if there was none
   */
  private record Request(Instant since, @Nullable Attempt last) {
    static final Request NONE = new Request(Instant.EPOCH, null);

    /** If it was asked for in the future, the clock was set back: then only the order tells. */
    Request at(Instant now) {
      return since.isAfter(now) ? new Request(Instant.EPOCH, last) : this;
    }
  }

  public void add(DriverOnKernel cell, Instant now) {
    open.put(cell, new Request(now, history.last(cell.kernel(), cell.driver()).orElse(null)));
  }

  public Rebuild on(DriverOnKernel cell) {
    return open.containsKey(cell) ? Rebuild.REQUESTED : Rebuild.IF_NEEDED;
  }

  /** What was tried with these inputs and, if a build was asked for, since then; oldest first. */
  List<Attempt> attempts(DriverOnKernel cell, String inputs, Instant now) {
    @Nullable Request known = open.computeIfPresent(cell, (same, request) -> request.at(now));
    Request request = known == null ? Request.NONE : known;
    return history.attemptsAfter(request.last(), cell.kernel(), cell.driver(), inputs).stream()
        .filter(attempt -> !attempt.started().isBefore(request.since()))
        .toList();
  }

  /**
   * It was done, or could not be; one that was asked for later stays open.
   *
   * @param looked when the look began that found nothing left to do
   */
  public void meet(DriverOnKernel cell, Instant looked) {
    open.computeIfPresent(
        cell, (same, request) -> request.since().isAfter(looked) ? request : null);
  }
}
