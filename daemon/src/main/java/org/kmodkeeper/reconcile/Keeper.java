package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.BootStamps;
import org.kmodkeeper.boot.Guard;
import org.kmodkeeper.boot.GuardStatus;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.DepmodOverrides;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.host.Receipts;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.HostState.Busy;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.LedgerEntry;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.tools.Advice;
import org.kmodkeeper.tools.Dkms;
import org.kmodkeeper.tools.Freeze;
import org.kmodkeeper.tools.InitramfsBuilder;
import org.kmodkeeper.tools.Kmod;
import org.kmodkeeper.tools.KmodSettings;
import org.kmodkeeper.tools.ModuleReader;
import org.kmodkeeper.tools.PackageManager;
import org.kmodkeeper.tools.PackagedFiles;

/**
 * Keeps every driver ready for every kernel: looks, and acts where looking says so.
 *
 * <p>{@link #look} only reads and may be called by any thread; {@link #pass} acts and belongs to
 * one thread. Nothing here remembers what was seen before: each look is at the disk.
 */
public final class Keeper {
  private final HostPaths paths;
  private final Heartbeat heartbeat;
  private final KernelInventory inventory;
  private final PackageTransaction transaction;
  private final Ledger ledger;
  private final Janitor janitor;
  private final Guard guard;
  private final InitramfsRenewal initramfs;
  private final Demands demands = new Demands();
  private final Narrator narrator;
  private final Attempts attempts;
  private final Assessor assessor;
  private final Explainer explainer;
  private final Walk walk;
  private final YumLock yum;
  private final Clock clock;

  private volatile Settings settings;

  public Keeper(HostPaths paths, CommandRunner runner, Settings settings, Clock clock) {
    this.paths = paths;
    this.heartbeat = runner.heartbeat();
    this.settings = settings;
    this.clock = clock;
    var reader = new ModuleReader();
    var chronicle = new Chronicle();
    var receipts = new Receipts(paths);
    var overrides = new DepmodOverrides(paths);
    var kmod = new Kmod(paths, runner);
    var dkms = new Dkms(paths, runner);
    var installer = new Installer(paths, kmod, receipts);
    this.inventory = new KernelInventory(paths);
    this.transaction = new PackageTransaction(paths);
    this.yum = new YumLock(paths);
    this.ledger = new Ledger(paths.ledger());
    var observer =
        new Observer(
            paths, runner, receipts, inventory, reader, () -> this.settings.certificates(), clock);
    this.initramfs =
        new InitramfsRenewal(
            paths,
            observer.initramfs(),
            InitramfsBuilder.forDaemon(paths, runner),
            new Freeze(paths, runner),
            this::buildTimeout);
    this.janitor = new Janitor(paths, inventory, receipts, overrides, dkms, installer, chronicle);
    this.guard = new Guard(paths, runner, () -> this.settings.guard(), clock);
    var inTree = new InTreeModules(paths, reader, dkms, kmod, new PackagedFiles(runner));
    Map<Remedy, Treatment> treatments =
        Map.of(
            Remedy.INITRAMFS, new InitramfsTreatment(observer.initramfs(), initramfs),
            Remedy.DKMS, new DkmsTreatment(dkms, inTree, this::buildTimeout),
            Remedy.DIRECT,
                new DirectTreatment(
                    paths, new DirectBuild(paths, runner, this::buildTimeout), installer),
            Remedy.OVERRIDE, new OverrideTreatment(paths, overrides, kmod),
            Remedy.HEADERS, new HeadersTreatment(new PackageManager(paths, runner)));
    this.narrator = new Narrator(ledger, chronicle);
    this.attempts = new Attempts(paths, treatments, observer, ledger, narrator, chronicle, clock);
    var requirements = new Requirements(paths, reader);
    this.assessor =
        new Assessor(
            observer,
            yum,
            ledger,
            demands,
            requirements,
            Advice.on(runner.searchPath()),
            () -> this.settings,
            attempts::activity,
            clock,
            heartbeat);
    this.explainer = new Explainer(inventory, observer, assessor, ledger, new KmodSettings(paths));
    var boot =
        new BootNotes(transaction, assessor, guard, new BootStamps(paths), requirements, chronicle);
    this.walk =
        new Walk(
            inventory,
            janitor,
            inTree,
            assessor,
            new Cure(assessor, transaction, attempts, demands, narrator, boot, clock, heartbeat),
            boot,
            narrator,
            chronicle,
            clock);
  }

  /** An operator's command that changes what this keeps comes first. */
  private LockFile awaitOtherChanges() throws IOException, InterruptedException {
    return LockFile.await(paths.changeLock(), heartbeat::beat);
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
    LockFile held = awaitOtherChanges();
    try {
      janitor.recover();
      initramfs.recover();
      attempts.recover();
    } finally {
      held.close();
    }
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
    List<Policy> policies = assessor.policies();
    for (Kernel installed : inventory.installed()) {
      for (Policy policy : policies) {
        if ((kernel == null || installed.release().equals(kernel))
            && (driver == null || policy.name().equals(driver))) {
          demands.add(
              new Subject(installed, policy.name()),
              clock.instant(),
              ledger.last(installed, policy.name()).orElse(null));
          count++;
        }
      }
    }
    return count;
  }

  /** Looks at all drivers for all kernels. */
  public HostState look() throws IOException, InterruptedException {
    List<KernelState> seen = assessor.states();
    boolean work = seen.stream().anyMatch(kernel -> Walk.hasWork(kernel.drivers()));
    Optional<Activity> awaited = work ? Optional.empty() : Walk.awaited(seen);
    @Nullable Activity now = attempts.progress().or(() -> awaited).orElse(null);
    return new HostState(
        seen, guard.next().orElse(null), work || now != null ? Busy.WORKING : Busy.SETTLED, now);
  }

  /** What boots next, and what is done about it. */
  public GuardStatus guardState() throws InterruptedException {
    return guard.status();
  }

  /**
   * Lets the kernel boot next that an update made the default, ready or not; empty without a hold.
   */
  public Optional<Kernel> releaseGuard() throws IOException, InterruptedException {
    return guard.release();
  }

  /** Whether a package transaction runs: what is installed and what boots next is not settled. */
  public boolean isInTransaction() throws IOException {
    return transaction.isRunning();
  }

  /**
   * What the verdicts on one kernel's drivers rest on.
   *
   * @param driver a name, or null for all
   * @return nothing if there is no such kernel or driver
   */
  public List<Evidence> explain(String release, @Nullable String driver)
      throws IOException, InterruptedException {
    return explainer.explain(release, driver);
  }

  /** Looks at all drivers for one kernel. */
  public List<DriverState> look(Kernel kernel) throws IOException, InterruptedException {
    return assessor.states(kernel);
  }

  /**
   * One walk over all kernels and drivers, acting until there is nothing left to do now.
   *
   * @param progress called after each change of what {@link #look} shows
   * @return when the first retry comes due, if any does
   * @throws InterruptedException if the daemon is stopping
   */
  public Optional<Instant> pass(Runnable progress) throws IOException, InterruptedException {
    LockFile held = awaitOtherChanges();
    try {
      return walk.walk(progress);
    } finally {
      held.close();
    }
  }

  /** Whether the last pass left something to do for when a yum has ended. */
  boolean awaitsYum() {
    return walk.isAwaiting();
  }

  /** Whether no yum runs any more that the last pass left something to do for. */
  boolean hasYumEnded() {
    return walk.isAwaiting() && yum.holder().isEmpty();
  }

  /** The same for the required drivers of one kernel; returns how all of them stand then. */
  public List<DriverState> settleRequired(Kernel kernel, Runnable progress)
      throws IOException, InterruptedException {
    LockFile held = awaitOtherChanges();
    try {
      return walk.settleRequired(kernel, progress);
    } finally {
      held.close();
    }
  }

  /** What is being done or, if nothing is, how things stand. */
  public String summary() {
    return attempts
        .activity()
        .map(
            now ->
                "kernel %s: driver %s: remedy %s is at work"
                    .formatted(now.kernel(), now.driver(), now.remedy()))
        .orElseGet(narrator::summary);
  }

  /**
   * From now on sees to no other kernel than the one that boots next: the one that a hold waits for
   * or the boot loader names; the newest where neither tells.
   *
   * @param again whether another pass follows, which may see what this one has not
   * @return that kernel; nothing if there is no work for it
   */
  public Optional<Kernel> finishNext(boolean again) throws IOException, InterruptedException {
    return walk.finishNext(again);
  }
}
