package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.evaluate.VerdictRules;
import org.kmodkeeper.history.AttemptLog;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Activity.Purpose;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.observe.InputDigest;
import org.kmodkeeper.remedy.RemedyAction;

/** Applies remedies, and reads from disk whether each worked. */
final class RemedyRunner {
  private final Map<Remedy, RemedyAction> actions;
  private final HostReader reader;
  private final AttemptLog attempts;
  private final RunningRemedies running;
  private final Clock clock;

  RemedyRunner(
      Map<Remedy, RemedyAction> actions,
      HostReader reader,
      AttemptLog attempts,
      RunningRemedies running,
      Clock clock) {
    this.actions = actions;
    this.reader = reader;
    this.attempts = attempts;
    this.running = running;
    this.clock = clock;
  }

  /**
   * What a remedy left behind.
   *
   * @param looked when that was observed
   */
  record Left(Observation observation, Instant looked) {}

  /** A remedy that has begun. */
  interface Begun {
    /**
     * Applies it, on any thread; the result is in the log and in the history.
     *
     * @throws InterruptedException if the daemon is stopping; that too is logged and recorded
     */
    Left run() throws IOException, InterruptedException;
  }

  /**
   * Begins to apply a remedy: from now on it is shown as running.
   *
   * @param rebuild whether the operator asked for a build even of what is ready
   */
  Begun begin(Observation before, Plan.Work work, Rebuild rebuild, Settings settings) {
    String inputs =
        Attempt.inputs(before.inputs(), work instanceof Plan.Apply now ? now.artifacts() : null);
    AttemptLog.Begun begun = attempts.begin(before, work.remedy(), inputs);
    show(before, work, begun);
    return () -> run(before, work, rebuild, settings, begun);
  }

  private Left run(
      Observation before,
      Plan.Work work,
      Rebuild rebuild,
      Settings settings,
      AttemptLog.Begun begun)
      throws IOException, InterruptedException {
    RemedyAction action = action(work);
    String inputs = begun.attempt().inputs();
    Rebuild when = work instanceof Plan.Improve ? Rebuild.WHEN_IDLE : rebuild;
    RemedyAction.Result result = new RemedyAction.Result(Outcome.INTERRUPTED, "the daemon stopped");
    try {
      RemedyAction.Result told =
          apply(
              action, new RemedyAction.Job(before, when, settings.buildTimeout(), begun.output()));
      Instant looked = clock.instant();
      Observation after = reader.observe(before.kernel(), before.policy(), settings);
      inputs = InputDigest.built(inputs, after.inputs());
      result =
          work instanceof Plan.Improve && after.isReused()
              ? told
              : verify(told, after, action, rebuild);
      return new Left(after, looked);
    } finally {
      running.end(DriverOnKernel.of(before));
      attempts.end(begun, result.outcome(), inputs, result.detail());
    }
  }

  private RemedyAction action(Plan.Work work) {
    return Objects.requireNonNull(actions.get(work.remedy()));
  }

  private void show(Observation before, Plan.Work work, AttemptLog.Begun begun) {
    Driver driver = Objects.requireNonNull(before.driver());
    @Nullable String log = begun.attempt().log();
    running.begin(
        new Activity(
            before.kernel(),
            before.policy().name(),
            work.remedy(),
            begun.attempt().started(),
            work instanceof Plan.Improve ? Purpose.IMPROVE : Purpose.MAKE_READY,
            log == null ? null : Path.of(log),
            null,
            attempts.usualMilliseconds(before.policy().name(), work.remedy())),
        action(work).steps(driver, begun.output()));
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
