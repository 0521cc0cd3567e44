package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Verdict;

/** Puts together what is seen, what was tried and what was asked for; changes nothing. */
final class Assessor {
  private final Observer observer;
  private final Ledger ledger;
  private final Demands demands;
  private final Supplier<Settings> settings;
  private final Supplier<Optional<Activity>> activity;
  private final Clock clock;

  /**
   * @param activity the remedy that is at work, if one is
   */
  Assessor(
      Observer observer,
      Ledger ledger,
      Demands demands,
      Supplier<Settings> settings,
      Supplier<Optional<Activity>> activity,
      Clock clock) {
    this.observer = observer;
    this.ledger = ledger;
    this.demands = demands;
    this.settings = settings;
    this.activity = activity;
    this.clock = clock;
  }

  /** The drivers to keep, each after those that it depends on. */
  List<Policy> policies() throws IOException, InterruptedException {
    return observer.policies(settings.get().policies(), settings.get().remedies());
  }

  /** How one driver stands for one kernel. */
  DriverState state(Kernel kernel, Policy policy) throws IOException, InterruptedException {
    return state(observer.observe(kernel, policy));
  }

  /** What that observation means, and what to do next. */
  DriverState state(Observation observation) {
    Subject subject = Subject.of(observation);
    List<Attempt> attempts =
        ledger.attempts(
            subject.kernel(), subject.driver(), observation.inputs(), demands.since(subject));
    Finding finding = Judge.judge(observation, attempts);
    Settings now = settings.get();
    Plan plan =
        new Planner(now.retryFirst(), now.retryLongest(), now.headers())
            .plan(observation, finding, attempts, demands.on(subject), clock.instant());
    @Nullable Attempt last = ledger.last(subject.kernel(), subject.driver()).orElse(null);
    return new DriverState(observation, working(subject, finding), plan, last);
  }

  /** While a remedy is at work, that is what there is to say. */
  private Finding working(Subject subject, Finding finding) {
    return activity
        .get()
        .filter(now -> now.kernel().equals(subject.kernel()))
        .filter(now -> now.driver().equals(subject.driver()))
        .map(now -> "remedy " + now.remedy() + " is at work")
        .map(detail -> new Finding(Verdict.BUILDING, detail, null))
        .orElse(finding);
  }
}
