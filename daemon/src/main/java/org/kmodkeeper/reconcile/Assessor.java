package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Need;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.tools.Advice;

/** Puts together what is seen, what was tried and what was asked for; changes nothing. */
final class Assessor {
  /** A look that takes longer is stuck: twice the limit of a command, and more. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Observer observer;
  private final YumLock yum;
  private final Ledger ledger;
  private final Demands demands;
  private final Requirements requirements;
  private final Advice advice;
  private final Supplier<Settings> settings;
  private final Supplier<Optional<Activity>> activity;
  private final Clock clock;
  private final Heartbeat heartbeat;
  private final ReentrantLock looking = new ReentrantLock(true);

  /**
   * @param activity the remedy that is at work, if one is
   * @param heartbeat beats while another thread looks
   */
  Assessor(
      Observer observer,
      YumLock yum,
      Ledger ledger,
      Demands demands,
      Requirements requirements,
      Advice advice,
      Supplier<Settings> settings,
      Supplier<Optional<Activity>> activity,
      Clock clock,
      Heartbeat heartbeat) {
    this.observer = observer;
    this.yum = yum;
    this.ledger = ledger;
    this.demands = demands;
    this.requirements = requirements;
    this.advice = advice;
    this.settings = settings;
    this.activity = activity;
    this.clock = clock;
    this.heartbeat = heartbeat;
  }

  /** The drivers to keep, each after those that it depends on. */
  List<Policy> policies() throws IOException, InterruptedException {
    return policies(observer.look());
  }

  private List<Policy> policies(Look look) throws IOException, InterruptedException {
    return look.policies(settings.get().policies(), settings.get().remedies());
  }

  /**
   * How all drivers stand for each installed kernel, the newest first. One look at a time, so that
   * the second finds remembered what the first has read.
   */
  List<KernelState> states() throws IOException, InterruptedException {
    long began = System.nanoTime();
    while (!looking.tryLock(heartbeat.interval().toNanos(), TimeUnit.NANOSECONDS)) {
      // Whoever waits for one that is stuck is stuck as well.
      if (System.nanoTime() - began < PATIENCE.toNanos()) {
        heartbeat.beat();
      }
    }
    try {
      Look look = observer.look();
      List<Kernel> kernels = look.kernels();
      List<List<Observation>> rows = look.observe(kernels, policies(look));
      Requirements.Uses uses = requirements.look();
      List<List<DriverState>> judged = rows.stream().map(row -> states(row, uses, rows)).toList();
      List<KernelState> states = new ArrayList<>();
      for (int at = 0; at < judged.size(); at++) {
        Kernel kernel = kernels.get(at);
        states.add(new KernelState(kernel, look.presence(kernel), judged.get(at)));
      }
      return states;
    } finally {
      looking.unlock();
    }
  }

  /** How all drivers stand for one kernel. */
  List<DriverState> states(Kernel kernel) throws IOException, InterruptedException {
    Look look = observer.look();
    List<Observation> row = look.observe(List.of(kernel), policies(look)).get(0);
    return states(row, requirements.look(), others(look, row));
  }

  /** Whether the kernel is installed now: it may have been removed since it was looked at. */
  boolean isInstalled(Kernel kernel) throws IOException {
    return observer.isInstalled(kernel);
  }

  private List<DriverState> states(
      List<Observation> row, Requirements.Uses uses, List<List<Observation>> table) {
    return row.stream().map(observation -> state(observation, uses, table)).toList();
  }

  /** The other kernels, which matter where one is excluded. */
  private List<List<Observation>> others(Look look, List<Observation> row)
      throws IOException, InterruptedException {
    return row.stream().allMatch(one -> one.excluded().isEmpty())
        ? List.of()
        : look.observe(look.kernels(), policies(look));
  }

  /** How one driver stands for one kernel. */
  DriverState state(Kernel kernel, Policy policy) throws IOException, InterruptedException {
    return state(observer.observe(kernel, policy));
  }

  /** What that observation means, and what to do next. */
  DriverState state(Observation observation) throws IOException, InterruptedException {
    List<List<Observation>> others = others(observer.look(), List.of(observation));
    return state(observation, requirements.look(), others);
  }

  private DriverState state(
      Observation seen, Requirements.Uses uses, List<List<Observation>> table) {
    boolean open = seen.policy().need() == Need.AUTO;
    @Nullable String requiredBy = open ? uses.reason(seen).orElse(null) : null;
    Need found = requiredBy == null ? Need.OPTIONAL : Need.REQUIRED;
    Observation observation = open ? seen.under(seen.policy().found(found)) : seen;
    Subject subject = Subject.of(observation);
    Demands.Demand demand = demands.since(subject, clock.instant());
    List<Attempt> attempts =
        ledger
            .after(demand.last(), subject.kernel(), subject.driver(), observation.inputs())
            .stream()
            .filter(attempt -> !attempt.started().isBefore(demand.since()))
            .toList();
    Settings now = settings.get();
    Finding judged = Judge.judge(observation, attempts, advice);
    Finding finding =
        now.excluded() == Settings.Excluded.BOOTABLE
            ? judged
            : Exclusion.weigh(judged, observation, table);
    Plan plan =
        new Planner(now.retryFirst(), now.retryLongest(), now.headers(), yum.holder().orElse(null))
            .plan(observation, finding, attempts, demands.on(subject), clock.instant());
    @Nullable Attempt last = ledger.last(subject.kernel(), subject.driver()).orElse(null);
    Finding planned = plan instanceof Plan.Await await ? awaiting(finding, await) : finding;
    return new DriverState(observation, working(subject, planned), plan, last, requiredBy);
  }

  private static Finding awaiting(Finding finding, Plan.Await plan) {
    return new Finding(
        finding.verdict(),
        finding.detail() + "; they are fetched once " + plan.process() + " has ended",
        null);
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
