package org.kmodkeeper.evaluate;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.history.HistoryFile;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy.Need;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.observe.Requirements;

/** Says what an observation means, with what was tried and asked for; reads no disk. */
public final class DriverEvaluator {
  private final HistoryFile history;
  private final RebuildRequests requests;
  private final Advice advice;
  private final Clock clock;

  public DriverEvaluator(
      HistoryFile history, RebuildRequests requests, Advice advice, Clock clock) {
    this.history = history;
    this.requests = requests;
    this.advice = advice;
    this.clock = clock;
  }

  /**
   * What all drivers on the host have in common.
   *
   * @param yum the yum that runs, or null
   * @param artifacts a digest of the stored ones, by driver
   * @param table all drivers on all kernels; may be empty where no dkms.conf excludes a kernel
   */
  public record Circumstances(
      Settings settings,
      Requirements.Uses uses,
      YumLock.@Nullable Holder yum,
      Map<Driver, String> artifacts,
      List<Observation> table) {}

  /** What the observation means, and what to do next. */
  public DriverState evaluate(Observation seen, Circumstances host) {
    boolean open = seen.policy().need() == Need.AUTO;
    @Nullable String requiredBy = open ? host.uses().reason(seen).orElse(null) : null;
    Need found = requiredBy == null ? Need.OPTIONAL : Need.REQUIRED;
    Observation observation = open ? seen.under(seen.policy().found(found)) : seen;
    DriverOnKernel cell = DriverOnKernel.of(observation);
    Settings settings = host.settings();
    List<Attempt> attempts = requests.attempts(cell, observation.inputs(), clock.instant());
    @Nullable String artifacts = host.artifacts().get(observation.driver());
    List<Attempt> reuses =
        artifacts == null
            ? List.of()
            : requests.attempts(
                cell, Attempt.inputs(observation.inputs(), artifacts), clock.instant());
    Finding judged = VerdictRules.judge(observation, attempts, reuses, advice);
    Finding finding =
        settings.excluded() == Settings.Excluded.BOOTABLE
            ? judged
            : Exclusion.weigh(judged, observation, host.table());
    Plan plan =
        new Planner(settings.retryFirst(), settings.retryLongest(), settings.headers(), host.yum())
            .plan(
                observation,
                finding,
                attempts,
                requests.on(cell),
                artifacts,
                reuses,
                clock.instant());
    return new DriverState(
        observation,
        plan instanceof Plan.Await await ? awaiting(finding, await) : finding,
        plan,
        history.last(cell.kernel(), cell.driver()).orElse(null),
        requiredBy);
  }

  private static Finding awaiting(Finding finding, Plan.Await plan) {
    return new Finding(
        finding.verdict(),
        finding.detail()
            + (plan.remedy() == Remedy.HEADERS ? "; they are" : "; its package is")
            + " installed after "
            + plan.process()
            + " has ended",
        null);
  }
}
