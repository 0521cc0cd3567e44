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
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.evaluate.VerdictRules;
import org.kmodkeeper.history.EventLog;
import org.kmodkeeper.history.HistoryFile;
import org.kmodkeeper.history.TransitionLog;
import org.kmodkeeper.history.UnfinishedAttempt;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.observe.InputDigest;
import org.kmodkeeper.remedy.RemedyAction;

/** Applies remedies, one at a time, and reads from disk whether each worked. */
final class RemedyRunner {
  private static final String KILLED = "the daemon was killed during the attempt";

  private final HostPaths paths;
  private final Map<Remedy, RemedyAction> actions;
  private final HostReader reader;
  private final HistoryFile history;
  private final TransitionLog narrator;
  private final EventLog chronicle;
  private final Clock clock;
  private final UnfinishedAttempt unfinished;
  private final RunningRemedy running;

  RemedyRunner(
      HostPaths paths,
      Map<Remedy, RemedyAction> actions,
      HostReader reader,
      HistoryFile history,
      TransitionLog narrator,
      EventLog chronicle,
      RunningRemedy running,
      Clock clock) {
    this.paths = paths;
    this.actions = actions;
    this.reader = reader;
    this.history = history;
    this.narrator = narrator;
    this.chronicle = chronicle;
    this.running = running;
    this.clock = clock;
    this.unfinished = new UnfinishedAttempt(paths.state().resolve("attempt.json"));
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
        history.attempts(
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

  /**
   * What a remedy left behind.
   *
   * @param looked when that was observed
   */
  record Left(Observation observation, Instant looked) {}

  /**
   * Applies a remedy; the result is in the log and in the history.
   *
   * @param rebuild whether the operator asked for a build even of what is ready
   * @throws InterruptedException if the daemon is stopping; that too is logged and recorded
   */
  Left run(Observation before, Plan.Work work, Rebuild rebuild, Settings settings)
      throws IOException, InterruptedException {
    Remedy remedy = work.remedy();
    String inputs =
        Attempt.inputs(before.inputs(), work instanceof Plan.Apply now ? now.artifacts() : null);
    Kernel kernel = before.kernel();
    Policy policy = before.policy();
    Driver driver = Objects.requireNonNull(before.driver());
    String version = driver.version();
    BuildLog log = begin(kernel, policy.name() + "-" + version + "." + remedy + ".log");
    @Nullable Path file = log.file().equals(HostPaths.NOWHERE) ? null : log.file();
    Instant started = clock.instant();
    int number = 1 + history.attempts(kernel, policy.name(), inputs, Instant.EPOCH).size();
    chronicle.attemptBegins(before, remedy, number, log.file());
    RemedyAction action = Objects.requireNonNull(actions.get(remedy));
    note(
        new Attempt(
            started,
            Duration.ZERO,
            kernel.release(),
            policy.name(),
            version,
            remedy,
            Outcome.INTERRUPTED,
            inputs,
            KILLED,
            file == null ? null : file.toString()));
    RemedyAction.Result result = new RemedyAction.Result(Outcome.INTERRUPTED, "the daemon stopped");
    running.begin(
        new Activity(kernel, policy.name(), remedy, started, purpose(work), file, null),
        action.steps(driver, log));
    try {
      RemedyAction.Result told =
          apply(action, new RemedyAction.Job(before, rebuild, settings.buildTimeout(), log));
      Instant looked = clock.instant();
      Observation after = reader.observe(kernel, policy, settings);
      inputs = InputDigest.built(inputs, after.inputs());
      result =
          work instanceof Plan.Improve && after.isReused()
              ? told
              : verify(told, after, action, rebuild);
      return new Left(after, looked);
    } finally {
      running.end();
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

  private static Activity.Purpose purpose(Plan.Work work) {
    return work instanceof Plan.Improve ? Activity.Purpose.IMPROVE : Activity.Purpose.MAKE_READY;
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

  private static RemedyAction.Result apply(RemedyAction action, RemedyAction.Job job)
      throws InterruptedException, IOException {
    try {
      return action.apply(job);
    } catch (IOException failed) {
      var result = new RemedyAction.Result(Outcome.BUILD_FAILED, IoErrors.text(failed));
      job.log().note(result.detail());
      return result;
    }
  }

  /** The disk has the last word. */
  private static RemedyAction.Result verify(
      RemedyAction.Result told, Observation after, RemedyAction action, Rebuild rebuild) {
    Verdict verdict = VerdictRules.judge(after, List.of(), new Advice("dnf")).verdict();
    Optional<String> proof = action.verify(after, verdict);
    return proof.isPresent() && !failedOnRequest(told, rebuild)
        ? new RemedyAction.Result(Outcome.INSTALLED, proof.get())
        : told;
  }

  /** A requested rebuild of a ready driver must not pass for done when it failed. */
  private static boolean failedOnRequest(RemedyAction.Result result, Rebuild rebuild) {
    return rebuild == Rebuild.REQUESTED && result.outcome() != Outcome.NOTHING_LANDED;
  }
}
