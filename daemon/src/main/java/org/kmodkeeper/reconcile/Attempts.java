package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.DiskFailure;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.tools.Advice;
import org.kmodkeeper.tools.BuildLog;

/** Tries remedies, one at a time, and lets the disk say whether each has worked. */
final class Attempts {
  private static final String KILLED = "the daemon was killed meanwhile";

  private final HostPaths paths;
  private final Map<Remedy, Treatment> treatments;
  private final Observer observer;
  private final Ledger ledger;
  private final Narrator narrator;
  private final Chronicle chronicle;
  private final Clock clock;
  private final UnfinishedAttempt unfinished;
  private volatile @Nullable Current current;

  /** What is at work, and where its steps show. */
  private record Current(Activity activity, BuildLog steps) {}

  Attempts(
      HostPaths paths,
      Map<Remedy, Treatment> treatments,
      Observer observer,
      Ledger ledger,
      Narrator narrator,
      Chronicle chronicle,
      Clock clock) {
    this.paths = paths;
    this.treatments = treatments;
    this.observer = observer;
    this.ledger = ledger;
    this.narrator = narrator;
    this.chronicle = chronicle;
    this.clock = clock;
    this.unfinished = new UnfinishedAttempt(paths.unfinishedAttempt());
  }

  /**
   * Records the attempt that a daemon was killed in, as when memory ran out. It counts as failed if
   * the one before ended so too: begun again at once, it may bring down the host as well.
   */
  void recover() throws IOException {
    Optional<Attempt> left = unfinished.read();
    if (left.isPresent()) {
      record(left.get());
    }
    unfinished.forget();
  }

  private void record(Attempt killed) throws IOException {
    List<Attempt> known =
        ledger.attempts(
            new Kernel(killed.kernel()), killed.driver(), killed.inputs(), Instant.EPOCH);
    if (known.stream().anyMatch(attempt -> attempt.started().equals(killed.started()))) {
      return;
    }
    boolean again =
        !known.isEmpty() && known.get(known.size() - 1).detail().startsWith(killed.detail());
    Duration took = Duration.between(killed.started(), clock.instant());
    Attempt attempt =
        new Attempt(
            killed.started(),
            took.isNegative() ? Duration.ZERO : took,
            killed.kernel(),
            killed.driver(),
            killed.version(),
            killed.remedy(),
            again ? Outcome.BUILD_FAILED : Outcome.INTERRUPTED,
            killed.inputs(),
            again ? KILLED + " again; memory may have run out" : KILLED,
            killed.log());
    narrator.tell(attempt, known.size() + 1, "");
  }

  /** The remedy that is at work, if one is; for any thread. */
  Optional<Activity> activity() {
    return Optional.ofNullable(current).map(Current::activity);
  }

  /** The same, with the step that it is at. */
  Optional<Activity> progress() throws IOException {
    @Nullable Current now = current;
    if (now == null) {
      return Optional.empty();
    }
    Activity known = now.activity();
    @Nullable String doing = now.steps().lastStep().orElse(null);
    return Optional.of(
        new Activity(
            known.kernel(), known.driver(), known.remedy(), known.since(), known.log(), doing));
  }

  /**
   * Applies a remedy; what came of it is in the log and in the ledger.
   *
   * @param begun called once the remedy is at work
   * @throws InterruptedException if the daemon is stopping; that too is told and recorded
   */
  void make(Observation before, Remedy remedy, Planner.Demand demand, Runnable begun)
      throws IOException, InterruptedException {
    Kernel kernel = before.kernel();
    Policy policy = before.policy();
    Driver driver = Objects.requireNonNull(before.driver());
    String version = driver.version();
    BuildLog log = begin(kernel, policy.name() + "-" + version + "." + remedy + ".log");
    @Nullable Path file = log.file().equals(HostPaths.NOWHERE) ? null : log.file();
    Instant started = clock.instant();
    int number = 1 + ledger.attempts(kernel, policy.name(), before.inputs(), Instant.EPOCH).size();
    chronicle.attemptBegins(before, remedy, number, log.file());
    Treatment treatment = Objects.requireNonNull(treatments.get(remedy));
    current =
        new Current(
            new Activity(kernel, policy.name(), remedy, started, file, null),
            treatment.steps(driver, log));
    note(
        new Attempt(
            started,
            Duration.ZERO,
            kernel.release(),
            policy.name(),
            version,
            remedy,
            Outcome.INTERRUPTED,
            before.inputs(),
            KILLED,
            file == null ? null : file.toString()));
    begun.run();
    Treatment.Result result = new Treatment.Result(Outcome.INTERRUPTED, "the daemon stopped");
    String inputs = before.inputs();
    try {
      Treatment.Result told = apply(before, treatment, demand, log);
      Observation after = observer.observe(kernel, policy);
      inputs = InputDigest.built(inputs, after.inputs());
      result = judge(told, after, treatment, demand);
    } finally {
      current = null;
      Attempt attempt =
          new Attempt(
              started,
              Duration.between(started, clock.instant()),
              kernel.release(),
              policy.name(),
              version,
              remedy,
              result.outcome(),
              inputs,
              result.detail(),
              file == null ? null : file.toString());
      narrator.tell(attempt, number, lastLines(attempt.outcome(), log));
      unfinished.forget();
    }
  }

  /** A full disk must not keep a driver from being made ready. */
  private void note(Attempt begun) {
    try {
      unfinished.note(begun);
    } catch (IOException refusal) {
      chronicle.notRecorded(refusal);
    }
  }

  /** A full /var/log must not keep a driver from being made ready. */
  private BuildLog begin(Kernel kernel, String name) {
    try {
      return BuildLog.begin(paths.logs(kernel).resolve(name));
    } catch (IOException refusal) {
      chronicle.notRecorded(refusal);
      return new BuildLog(HostPaths.NOWHERE);
    }
  }

  private static String lastLines(Outcome outcome, BuildLog log) throws IOException {
    return switch (outcome) {
      case BUILD_FAILED, TIMED_OUT, NOT_PROVEN -> log.lastLines();
      case INSTALLED, NOTHING_LANDED, INTERRUPTED -> "";
    };
  }

  private static Treatment.Result apply(
      Observation before, Treatment treatment, Planner.Demand demand, BuildLog log)
      throws IOException, InterruptedException {
    try {
      return treatment.apply(before, demand, log);
    } catch (IOException failed) {
      var result = new Treatment.Result(Outcome.BUILD_FAILED, DiskFailure.text(failed));
      log.note(result.detail());
      return result;
    }
  }

  /** The disk has the last word. */
  private static Treatment.Result judge(
      Treatment.Result told, Observation after, Treatment treatment, Planner.Demand demand) {
    Verdict verdict = Judge.judge(after, List.of(), new Advice("dnf")).verdict();
    Optional<String> cure = treatment.cured(after, verdict);
    return cure.isPresent() && !failedForced(told, demand)
        ? new Treatment.Result(Outcome.INSTALLED, cure.get())
        : told;
  }

  /** A demanded rebuild of a ready driver must not pass for done when it failed. */
  private static boolean failedForced(Treatment.Result result, Planner.Demand demand) {
    return demand == Planner.Demand.REBUILD && result.outcome() != Outcome.NOTHING_LANDED;
  }
}
