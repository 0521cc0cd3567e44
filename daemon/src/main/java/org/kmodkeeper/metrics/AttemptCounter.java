package org.kmodkeeper.metrics;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;

/**
 * Counts the attempts since the daemon began, by what is published of them. A counter may begin
 * with 0 again; one that was read from the history, which is bounded, might run backwards.
 */
final class AttemptCounter {
  private final Instant began;
  private final Map<DriverOnKernel, Attempt> last = new HashMap<>();
  private final Map<Kind, Sum> sums = new LinkedHashMap<>();

  AttemptCounter(Instant began) {
    this.began = began;
  }

  /** The values of the labels. */
  private record Kind(String remedy, String outcome) {}

  private record Sum(int count, Duration took) {
    Sum and(Sum other) {
      return new Sum(count + other.count, took.plus(other.took));
    }

    double seconds() {
      return took.toMillis() / 1000.0;
    }
  }

  synchronized void see(HostState state) {
    state.cells().forEach(this::see);
  }

  private void see(DriverState cell) {
    @Nullable Attempt attempt = cell.last();
    if (attempt != null
        && !attempt.equals(last.put(DriverOnKernel.of(cell), attempt))
        && !attempt.ended().isBefore(began)) {
      var kind = new Kind(attempt.remedy().toString(), attempt.outcome().toString());
      sums.merge(kind, new Sum(1, attempt.took()), Sum::and);
    }
  }

  synchronized void addTo(Exposition text) {
    sums.forEach(
        (kind, sum) -> text.add(Metric.ATTEMPTS_TOTAL, sum.count(), kind.remedy(), kind.outcome()));
    sums.forEach(
        (kind, sum) ->
            text.add(Metric.ATTEMPT_SECONDS_TOTAL, sum.seconds(), kind.remedy(), kind.outcome()));
  }
}
