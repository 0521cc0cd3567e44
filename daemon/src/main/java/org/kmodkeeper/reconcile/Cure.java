package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.process.Heartbeat;

/** Treats one driver on one kernel until there is nothing left to do now, and tells how it went. */
final class Cure {
  /** More steps than any cure needs; ends a cure that goes in circles. */
  private static final int MOST_STEPS = 8;

  private final Assessor assessor;
  private final PackageTransaction transaction;
  private final Attempts attempts;
  private final Demands demands;
  private final Narrator narrator;
  private final BootNotes boot;
  private final Clock clock;
  private final Heartbeat heartbeat;

  Cure(
      Assessor assessor,
      PackageTransaction transaction,
      Attempts attempts,
      Demands demands,
      Narrator narrator,
      BootNotes boot,
      Clock clock,
      Heartbeat heartbeat) {
    this.assessor = assessor;
    this.transaction = transaction;
    this.attempts = attempts;
    this.demands = demands;
    this.narrator = narrator;
    this.boot = boot;
    this.clock = clock;
    this.heartbeat = heartbeat;
  }

  /**
   * Applies remedies as long as the plan says so; the disk is looked at before and after each.
   *
   * @param progress called after each
   * @return how the driver stands then
   */
  DriverState treat(Kernel kernel, Policy policy, Runnable progress)
      throws IOException, InterruptedException {
    Instant looked = clock.instant();
    DriverState state = look(kernel, policy);
    var subject = new Subject(kernel, policy.name());
    for (int step = 0;
        step < MOST_STEPS
            && state.plan() instanceof Plan.Apply apply
            && assessor.isInstalled(kernel);
        step++) {
      attempts.make(state.observation(), apply.remedy(), demands.on(subject), progress);
      looked = clock.instant();
      state = look(kernel, policy);
      boot.look();
      progress.run();
    }
    demands.meet(subject, looked);
    return state;
  }

  /** How the driver stands; not in the middle of a transaction, where there is work to do. */
  private DriverState look(Kernel kernel, Policy policy) throws IOException, InterruptedException {
    DriverState state = assessor.state(kernel, policy);
    if (state.plan() instanceof Plan.Apply && transaction.isRunning()) {
      // What is being unpacked is not there yet, what is being removed goes piece by piece, and
      // dkms may be at work in a scriptlet.
      transaction.awaitEnd(heartbeat::beat);
      boot.look();
      state = assessor.state(kernel, policy);
    }
    if (assessor.isInstalled(kernel)) {
      narrator.tell(state, clock.instant());
    }
    return state;
  }

  /** There was nothing to do for these drivers when they were looked at. */
  void rest(List<DriverState> states, Instant looked) throws IOException {
    for (DriverState state : states) {
      narrator.tell(state, clock.instant());
      demands.meet(Subject.of(state.observation()), looked);
    }
  }
}
