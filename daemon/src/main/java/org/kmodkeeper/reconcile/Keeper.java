package org.kmodkeeper.reconcile;

import static java.time.Instant.EPOCH;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.BootStamps;
import org.kmodkeeper.host.DepmodOverrides;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.host.Receipts;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.HostState.Busy;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.KernelState.Presence;
import org.kmodkeeper.model.LedgerEntry;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.model.VerdictChange;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.tools.BuildLog;
import org.kmodkeeper.tools.Dkms;
import org.kmodkeeper.tools.InitramfsBuilder;
import org.kmodkeeper.tools.Kbuild;
import org.kmodkeeper.tools.Kmod;
import org.kmodkeeper.tools.PackageManager;

/**
 * Keeps every driver ready for every kernel: looks, and acts where looking says so.
 *
 * <p>{@link #look} only reads and may be called by any thread; {@link #pass} acts and belongs to
 * one thread. Nothing here remembers what was seen before: each look is at the disk.
 */
public final class Keeper {
  /** More steps than any cure needs; ends a cure that goes in circles. */
  private static final int MOST_STEPS = 8;

  private final HostPaths paths;
  private final Heartbeat heartbeat;
  private final KernelInventory inventory;
  private final Observer observer;
  private final PackageTransaction transaction;
  private final Ledger ledger;
  private final BootStamps stamps;
  private final Janitor janitor;
  private final InitramfsTreatment initramfs;
  private final Map<Remedy, Treatment> treatments;
  private final Chronicle chronicle = new Chronicle();
  private final Clock clock;

  private final Map<Subject, Verdict> told = new HashMap<>();
  private final Map<Subject, Instant> demands = new ConcurrentHashMap<>();
  private volatile Settings settings;
  private volatile @Nullable Activity activity;
  private volatile @Nullable Kernel current;
  private volatile @Nullable Kernel only;

  /** One cell of the table. */
  private record Subject(Kernel kernel, String driver) {
    @Override
    public String toString() {
      return LedgerEntry.subject(kernel.release(), driver, null);
    }
  }

  public Keeper(HostPaths paths, CommandRunner runner, Settings settings, Clock clock) {
    this.paths = paths;
    this.heartbeat = runner.heartbeat();
    this.settings = settings;
    this.clock = clock;
    var receipts = new Receipts(paths);
    var overrides = new DepmodOverrides(paths);
    var kmod = new Kmod(paths, runner);
    var dkms = new Dkms(paths, runner);
    var kbuild = new Kbuild(paths, runner);
    var installer = new Installer(paths, kmod, receipts);
    this.inventory = new KernelInventory(paths);
    this.transaction = new PackageTransaction(paths);
    this.stamps = new BootStamps(paths);
    this.ledger = new Ledger(paths.ledger());
    this.observer =
        new Observer(paths, runner, receipts, inventory, () -> this.settings.certificates());
    this.initramfs =
        new InitramfsTreatment(
            paths, observer.initramfs(), new InitramfsBuilder(runner), this::buildTimeout);
    this.janitor =
        new Janitor(
            paths, inventory, receipts, overrides, dkms, installer, observer.modules(), chronicle);
    this.treatments =
        Map.of(
            Remedy.INITRAMFS, initramfs,
            Remedy.DKMS, new DkmsTreatment(dkms, this::buildTimeout),
            Remedy.DIRECT, new DirectTreatment(paths, kbuild, installer, this::buildTimeout),
            Remedy.OVERRIDE, new OverrideTreatment(paths, overrides, kmod),
            Remedy.HEADERS, new HeadersTreatment(new PackageManager(paths, runner)));
  }

  private Duration buildTimeout() {
    return settings.buildTimeout();
  }

  /** Reads what earlier runs tried. */
  public void open() throws IOException {
    ledger.open();
  }

  /** Mends what a crash left behind; once, before the first pass. */
  public void recover() throws IOException, InterruptedException {
    janitor.recover();
    initramfs.recover();
  }

  /** Uses other settings from the next step on. */
  public void reconfigure(Settings newSettings) {
    settings = newSettings;
  }

  /** What happened, oldest first; null stands for all kernels, or all drivers. */
  public List<LedgerEntry> history(@Nullable String kernel, @Nullable String driver, int most) {
    return ledger.entries(kernel, driver, most);
  }

  /** Asks for a build even of what is ready; unknown names match nothing. Returns how many. */
  public int demand(@Nullable String kernel, @Nullable String driver)
      throws IOException, InterruptedException {
    int count = 0;
    for (Kernel installed : inventory.installed()) {
      for (Policy policy : policies()) {
        if ((kernel == null || installed.release().equals(kernel))
            && (driver == null || policy.name().equals(driver))) {
          demands.put(new Subject(installed, policy.name()), clock.instant());
          count++;
        }
      }
    }
    return count;
  }

  /** Looks at all drivers for all kernels. */
  public HostState look() throws IOException, InterruptedException {
    Optional<Kernel> running = inventory.running();
    List<Policy> policies = policies();
    Look look = observer.look();
    List<KernelState> rows = new ArrayList<>();
    boolean work = false;
    for (Kernel kernel : inventory.installed()) {
      List<DriverState> drivers = new ArrayList<>();
      for (Observation observation : look.observe(kernel, policies)) {
        DriverState state = state(observation);
        work |= state.plan() instanceof Plan.Apply;
        drivers.add(state);
      }
      boolean runs = running.filter(kernel::equals).isPresent();
      rows.add(new KernelState(kernel, runs ? Presence.RUNNING : Presence.INSTALLED, drivers));
    }
    Activity now = activity;
    return new HostState(rows, work || now != null ? Busy.WORKING : Busy.SETTLED, now);
  }

  private List<Policy> policies() throws IOException, InterruptedException {
    return observer.policies(settings.policies(), settings.remedies());
  }

  /** Looks at all drivers for one kernel. */
  public List<DriverState> look(Kernel kernel) throws IOException, InterruptedException {
    List<DriverState> drivers = new ArrayList<>();
    for (Policy policy : policies()) {
      drivers.add(state(kernel, policy));
    }
    return drivers;
  }

  private DriverState state(Kernel kernel, Policy policy) throws IOException, InterruptedException {
    return state(observer.observe(kernel, policy));
  }

  private DriverState state(Observation observation) {
    Kernel kernel = observation.kernel();
    Policy policy = observation.policy();
    var subject = new Subject(kernel, policy.name());
    @Nullable Instant demanded = demands.get(subject);
    Instant since = demanded == null ? EPOCH : demanded;
    List<Attempt> attempts = ledger.attempts(kernel, policy.name(), observation.inputs(), since);
    Planner.Demand demand = demanded == null ? Planner.Demand.NONE : Planner.Demand.REBUILD;
    Finding finding = Judge.judge(observation, attempts);
    Plan plan =
        new Planner(settings.retryFirst(), settings.retryLongest(), settings.headers())
            .plan(observation, finding, attempts, demand, clock.instant());
    @Nullable Attempt last = ledger.last(kernel, policy.name()).orElse(null);
    return new DriverState(observation, working(subject, finding), plan, last);
  }

  /** While a remedy is at work, that is what there is to say. */
  private Finding working(Subject subject, Finding finding) {
    Activity now = activity;
    boolean ours =
        now != null
            && now.kernel().equals(subject.kernel())
            && now.driver().equals(subject.driver());
    return ours && now != null
        ? new Finding(Verdict.BUILDING, "remedy " + now.remedy() + " is at work", null)
        : finding;
  }

  /**
   * One walk over all kernels and drivers, acting until there is nothing left to do now.
   *
   * @param progress called after each change of what {@link #look} shows
   * @return when the first retry comes due, if any does
   * @throws InterruptedException if the daemon is stopping
   */
  public Optional<Instant> pass(Runnable progress) throws IOException, InterruptedException {
    janitor.sweep();
    @Nullable Instant due = null;
    var subjects = new HashSet<Subject>();
    List<Policy> policies = policies();
    for (Kernel kernel : inventory.installed()) {
      if (only != null && !kernel.equals(only)) {
        break;
      }
      current = kernel;
      policies.forEach(policy -> subjects.add(new Subject(kernel, policy.name())));
      for (DriverState state : settle(kernel, policies, progress)) {
        if (state.plan() instanceof Plan.Retry retry && (due == null || retry.at().isBefore(due))) {
          due = retry.at();
        }
      }
    }
    current = null;
    told.keySet().retainAll(subjects);
    stamps.retain(inventory.installed());
    return Optional.ofNullable(due);
  }

  /** The same for one kernel; returns how its drivers stand then. */
  public List<DriverState> settle(Kernel kernel, Runnable progress)
      throws IOException, InterruptedException {
    return settle(kernel, policies(), progress);
  }

  private List<DriverState> settle(Kernel kernel, List<Policy> policies, Runnable progress)
      throws IOException, InterruptedException {
    List<DriverState> states = new ArrayList<>();
    for (Policy policy : policies) {
      states.add(settle(kernel, policy, progress));
    }
    stamp(new KernelState(kernel, Presence.INSTALLED, states));
    return states;
  }

  /** Lets the next boot see quickly that there is nothing to do for this kernel. */
  private void stamp(KernelState state) throws IOException {
    if (state.bootable()) {
      stamps.set(
          state.kernel(),
          state.drivers().stream()
              .flatMap(driver -> driver.observation().modules().stream())
              .flatMap(module -> Stream.ofNullable(module.resolved()))
              .map(ModuleFile::path)
              .toList());
    } else {
      stamps.clear(state.kernel());
    }
  }

  /** What is being done or, if nothing is, how things stand; for the thread of {@link #pass}. */
  public String summary() {
    Activity now = activity;
    if (now != null) {
      return "kernel %s: driver %s: remedy %s is at work"
          .formatted(now.kernel(), now.driver(), now.remedy());
    }
    List<String> unready =
        told.entrySet().stream()
            .filter(entry -> !entry.getValue().bootable())
            .map(entry -> entry.getKey() + ": verdict " + entry.getValue())
            .sorted()
            .toList();
    return switch (unready.size()) {
      case 0 -> "all drivers are ready";
      case 1 -> unready.get(0);
      default -> unready.get(0) + ", and " + (unready.size() - 1) + " more";
    };
  }

  /**
   * From now on sees to no other kernel than the newest, the one that most likely boots next.
   *
   * @return that kernel; nothing if an older one is being worked on
   */
  public Optional<Kernel> finishNewest() throws IOException {
    Kernel at = current;
    Optional<Kernel> newest = inventory.installed().stream().findFirst();
    only = newest.orElse(null);
    return newest.filter(kernel -> at == null || at.equals(kernel));
  }

  private DriverState settle(Kernel kernel, Policy policy, Runnable progress)
      throws IOException, InterruptedException {
    DriverState state = state(kernel, policy);
    if (state.plan() instanceof Plan.Apply && transaction.isRunning()) {
      // What is being unpacked is not there yet, and dkms may be at work in a scriptlet.
      transaction.awaitEnd(heartbeat::beat);
      state = state(kernel, policy);
    }
    tell(state);
    for (int step = 0; step < MOST_STEPS && state.plan() instanceof Plan.Apply apply; step++) {
      act(state, apply.remedy(), progress);
      state = state(kernel, policy);
      tell(state);
      progress.run();
    }
    demands.remove(new Subject(kernel, policy.name()));
    return state;
  }

  private void tell(DriverState state) {
    Observation observation = state.observation();
    var subject = new Subject(observation.kernel(), observation.policy().name());
    Verdict verdict = state.finding().verdict();
    @Nullable Verdict recorded =
        ledger.lastVerdict(subject.kernel(), subject.driver()).orElse(null);
    if (told.put(subject, verdict) != verdict) {
      VerdictChange change = VerdictChange.to(state, recorded, clock.instant());
      chronicle.verdictChanged(change);
      if (recorded != verdict) {
        record(change);
      }
    }
  }

  /** A full disk must not keep a driver from being made ready. */
  private void record(LedgerEntry entry) {
    try {
      ledger.add(entry);
    } catch (IOException refusal) {
      chronicle.notRecorded(paths.ledger(), refusal);
    }
  }

  private void act(DriverState before, Remedy remedy, Runnable progress)
      throws IOException, InterruptedException {
    Observation observation = before.observation();
    Kernel kernel = observation.kernel();
    Policy policy = observation.policy();
    String version = Objects.requireNonNull(observation.driver()).version();
    String name = policy.name() + "-" + version + "." + remedy + ".log";
    Path logFile = paths.logs(kernel).resolve(name);
    BuildLog log = BuildLog.begin(logFile);
    Instant started = clock.instant();
    int number = 1 + ledger.attempts(kernel, policy.name(), observation.inputs(), EPOCH).size();
    chronicle.attemptBegins(observation, remedy, number, logFile);
    activity = new Activity(kernel, policy.name(), remedy, started);
    progress.run();
    Treatment.Result result = new Treatment.Result(Outcome.INTERRUPTED, "the daemon stopped");
    try {
      result = apply(observation, remedy, log);
    } finally {
      activity = null;
      Attempt attempt =
          new Attempt(
              started,
              Duration.between(started, clock.instant()),
              kernel.release(),
              policy.name(),
              version,
              remedy,
              result.outcome(),
              observation.inputs(),
              result.detail(),
              logFile.toString());
      record(attempt);
      chronicle.attemptEnded(attempt, number, lastLines(attempt.outcome(), log));
    }
  }

  private static String lastLines(Outcome outcome, BuildLog log) throws IOException {
    return switch (outcome) {
      case BUILD_FAILED, TIMED_OUT, NOT_PROVEN -> log.lastLines();
      case INSTALLED, NOTHING_LANDED, INTERRUPTED -> "";
    };
  }

  /** Runs the remedy, then lets the disk say whether it worked. */
  private Treatment.Result apply(Observation observation, Remedy remedy, BuildLog log)
      throws IOException, InterruptedException {
    Kernel kernel = observation.kernel();
    Policy policy = observation.policy();
    Planner.Demand demand =
        demands.containsKey(new Subject(kernel, policy.name()))
            ? Planner.Demand.REBUILD
            : Planner.Demand.NONE;
    Treatment treatment = Objects.requireNonNull(treatments.get(remedy));
    Treatment.Result result;
    try {
      result = treatment.apply(observation, demand, log);
    } catch (IOException failed) {
      result = new Treatment.Result(Outcome.BUILD_FAILED, failed.toString());
      log.note(failed.toString());
    }
    Observation after = observer.observe(kernel, policy);
    Verdict verdict = Judge.judge(after, List.of()).verdict();
    Optional<String> cure = treatment.cured(after, verdict);
    return cure.isPresent() && !failedForced(result, demand)
        ? new Treatment.Result(Outcome.INSTALLED, cure.get())
        : result;
  }

  /** A demanded rebuild of a ready driver must not pass for done when it failed. */
  private static boolean failedForced(Treatment.Result result, Planner.Demand demand) {
    return demand == Planner.Demand.REBUILD && result.outcome() != Outcome.NOTHING_LANDED;
  }
}
