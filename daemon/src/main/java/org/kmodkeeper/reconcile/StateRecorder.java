package org.kmodkeeper.reconcile;

import java.time.Clock;
import java.time.Instant;
import java.util.stream.Collectors;
import org.kmodkeeper.evaluate.RebuildRequests;
import org.kmodkeeper.history.VerdictLog;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Rebuild;

/** Takes each new state of the host: publishes it, and records what is new in it. */
final class StateRecorder {
  private final StatePublisher publisher;
  private final VerdictLog verdicts;
  private final RebuildRequests requests;
  private final RunningRemedies running;
  private final Clock clock;

  StateRecorder(
      StatePublisher publisher,
      VerdictLog verdicts,
      RebuildRequests requests,
      RunningRemedies running,
      Clock clock) {
    this.publisher = publisher;
    this.verdicts = verdicts;
    this.requests = requests;
    this.running = running;
    this.clock = clock;
  }

  /**
   * The whole host was observed.
   *
   * @param looked when that began
   */
  void record(HostState state, Instant looked) {
    state.cells().forEach(cell -> record(cell, looked));
    verdicts.retain(state.cells().map(DriverOnKernel::of).collect(Collectors.toSet()));
    publisher.publish(state.with(running.activities()));
  }

  /**
   * One cell was observed.
   *
   * @param state the whole host with it
   * @param looked when that began
   */
  void record(HostState state, DriverState cell, Instant looked) {
    record(cell, looked);
    publisher.publish(state.with(running.activities()));
  }

  private void record(DriverState cell, Instant looked) {
    verdicts.record(cell, clock.instant());
    if (!(cell.plan() instanceof Plan.Apply)) {
      requests.meet(DriverOnKernel.of(cell), looked);
    }
  }

  /** Whether the operator asked for a build even of what is ready. */
  Rebuild rebuild(DriverOnKernel cell) {
    return requests.on(cell);
  }

  Instant now() {
    return clock.instant();
  }
}
