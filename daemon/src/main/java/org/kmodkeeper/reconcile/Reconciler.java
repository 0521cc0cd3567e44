package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.BootStamps;
import org.kmodkeeper.boot.Guard;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.build.Toolchain;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.evaluate.RebuildRequests;
import org.kmodkeeper.history.AttemptLog;
import org.kmodkeeper.history.HistoryFile;
import org.kmodkeeper.history.PreflightFile;
import org.kmodkeeper.history.PreflightLog;
import org.kmodkeeper.history.VerdictLog;
import org.kmodkeeper.host.DepmodOverrides;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.host.PackagedFiles;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.initramfs.FsFreeze;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.initramfs.InitramfsBuilder;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.reconcile.StatePublisher.Outlook;
import org.kmodkeeper.remedy.ArtifactCollector;
import org.kmodkeeper.remedy.ArtifactSelection;
import org.kmodkeeper.remedy.DirectBuild;
import org.kmodkeeper.remedy.DirectRemedy;
import org.kmodkeeper.remedy.DkmsRemedy;
import org.kmodkeeper.remedy.HeadersRemedy;
import org.kmodkeeper.remedy.InitramfsRemedy;
import org.kmodkeeper.remedy.InitramfsRenewal;
import org.kmodkeeper.remedy.Installer;
import org.kmodkeeper.remedy.ModuleSigner;
import org.kmodkeeper.remedy.ModuleTrial;
import org.kmodkeeper.remedy.OriginalModules;
import org.kmodkeeper.remedy.OverrideRemedy;
import org.kmodkeeper.remedy.PackageRemedy;
import org.kmodkeeper.remedy.RemedyAction;
import org.kmodkeeper.remedy.RemovedKernelCleaner;
import org.kmodkeeper.remedy.StoredRemedy;
import org.kmodkeeper.signing.Certificates;
import org.kmodkeeper.store.ArtifactStore;

/**
 * Makes every driver ready for every kernel: the half that acts. Passes belong to one thread, and
 * to one process at a time.
 */
public final class Reconciler {
  private final HostPaths paths;
  private final Heartbeat heartbeat;
  private final Clock clock;
  private volatile Settings settings;
  private final RebuildRequests requests;
  private final HostReader host;
  private final StatusReader reader;
  private final StatePublisher publisher = new StatePublisher();
  private final TreeCleaner cleaner;
  private final AttemptLog attempts;
  private final ReconcilePass pass;
  private final PreflightFile offered;
  private final PreflightLog answers;
  private final YumLock yum;
  private final Toolchain toolchain;

  private Reconciler(HostPaths paths, CommandRunner runner, Settings initial, Clock clock)
      throws IOException {
    this.paths = paths;
    this.heartbeat = runner.heartbeat();
    this.clock = clock;
    this.settings = initial;
    HistoryFile history = HistoryFile.open(paths.history());
    this.requests = new RebuildRequests(history);
    this.host = HostReader.of(paths, runner, history, requests, clock);
    var guard = new Guard(paths, runner, clock);
    var running = new RunningRemedies(publisher::publish);
    this.reader = new StatusReader(() -> settings, host, history, guard, running);
    this.attempts = new AttemptLog(paths, history, clock);
    this.yum = new YumLock(paths);
    var kmod = new Kmod(paths, runner);
    var packages = PackageManager.forDaemon(paths, runner);
    this.toolchain = new Toolchain(paths, paths.builds(), packages);
    var dkms = new Dkms(paths, runner);
    var store = new ArtifactStore(paths);
    var installer = new Installer(paths, kmod, new InstallReceipts(paths));
    Initramfs initramfs = host.observer().initramfs();
    var renewal =
        new InitramfsRenewal(
            paths,
            initramfs,
            InitramfsBuilder.forDaemon(paths, runner),
            new FsFreeze(paths, runner));
    var signer = new ModuleSigner(paths, runner, dkms);
    var originals =
        new OriginalModules(paths, new ModuleReader(), dkms, kmod, new PackagedFiles(runner));
    Map<Remedy, RemedyAction> actions =
        Map.of(
            Remedy.INITRAMFS, new InitramfsRemedy(initramfs, renewal),
            Remedy.DKMS, new DkmsRemedy(dkms, originals, installer, signer),
            Remedy.DIRECT,
                new DirectRemedy(paths, new DirectBuild(paths, runner, toolchain), installer),
            Remedy.STORED,
                new StoredRemedy(
                    paths,
                    new ArtifactSelection(store, kmod),
                    new ModuleTrial(kmod, host.observer().fits(), new OutOfTreeModules(paths)),
                    signer,
                    installer),
            Remedy.OVERRIDE, new OverrideRemedy(paths, new DepmodOverrides(paths), kmod),
            Remedy.HEADERS, new HeadersRemedy(packages),
            Remedy.PACKAGE,
                new PackageRemedy(paths, runner, packages, host.observer().fits(), installer));
    this.offered = new PreflightFile(paths);
    this.answers = new PreflightLog(offered, history);
    this.cleaner =
        new TreeCleaner(
            new RemovedKernelCleaner(paths, dkms, installer),
            originals,
            renewal,
            new ArtifactCollector(paths, store, dkms, kmod, clock),
            offered);
    this.pass =
        new ReconcilePass(
            host,
            new RemedyWorkers(
                new RemedyRunner(actions, host, attempts, running, clock),
                new BuildClasses(paths),
                paths,
                heartbeat),
            cleaner,
            new BootSafety(
                new PackageTransaction(paths),
                guard,
                new BootStamps(paths),
                host.observer().requirements(),
                heartbeat),
            new StateRecorder(publisher, new VerdictLog(history), requests, running, clock));
  }

  /** Reads what earlier runs tried. */
  public static Reconciler open(
      HostPaths paths, CommandRunner runner, Settings settings, Clock clock) throws IOException {
    return new Reconciler(paths, runner, settings, clock);
  }

  /** What a preflight has answered of kernels that are not installed. */
  public List<PreflightAnswer> offered() throws IOException {
    return offered.offered();
  }

  /** The half that reads; it knows what this one is at. */
  public StatusReader reader() {
    return reader;
  }

  /** Where each new state of the host appears. */
  public StatePublisher publisher() {
    return publisher;
  }

  public Settings settings() {
    return settings;
  }

  /** Uses other settings from the next pass on. */
  public void reconfigure(Settings changed) {
    settings = changed;
  }

  /** An operator's command that changes what this manages comes first. */
  private LockFile awaitOtherChanges() throws IOException, InterruptedException {
    return LockFile.await(paths.changeLock(), heartbeat::beat);
  }

  /** Cleans up after a crash; once, before the first pass. */
  public void recover() throws IOException, InterruptedException {
    LockFile held = awaitOtherChanges();
    try {
      toolchain.remove();
      cleaner.recover();
      attempts.recover();
    } finally {
      held.close();
    }
  }

  /** Asks for a build even of what is ready; unknown names match nothing. Returns how many. */
  public int requestRebuild(@Nullable String kernel, @Nullable String driver)
      throws IOException, InterruptedException {
    int count = 0;
    for (Policy policy : host.policies(settings())) {
      for (Kernel installed : host.installed()) {
        if ((kernel == null || installed.release().equals(kernel))
            && (driver == null || policy.name().equals(driver))) {
          requests.add(new DriverOnKernel(installed, policy.name()), clock.instant());
          count++;
        }
      }
    }
    return count;
  }

  /**
   * One pass over all kernels and drivers, acting until there is nothing left to do now.
   *
   * @param asked whether somebody has asked for another pass meanwhile
   * @return when the first retry comes due, if any does
   * @throws InterruptedException if the daemon is stopping
   */
  public Optional<Instant> pass(BooleanSupplier asked) throws IOException, InterruptedException {
    LockFile held = awaitOtherChanges();
    try {
      Settings now = settings();
      publish(now);
      Optional<Instant> due = pass.run(now, asked);
      publish(now);
      return due;
    } finally {
      toolchain.remove();
      held.close();
    }
  }

  private void publish(Settings now) {
    // Nobody else asks for them.
    Map<Path, Instant> ends =
        now.metrics().directory(paths).isEmpty()
            ? Map.of()
            : Certificates.ends(
                Stream.concat(
                        now.certificates().stream(), Stream.of(paths.dkmsTree().resolve("mok.pub")))
                    .toList());
    publisher.publish(new Outlook(clock.instant(), now, answers.record(), ends));
  }

  /** The same for the required drivers of one kernel; returns how all of them stand then. */
  public KernelState passRequired(Kernel kernel) throws IOException, InterruptedException {
    return pass(kernel, ReconcilePass::isRequired);
  }

  /**
   * The same for these drivers of one kernel; what boots next is left alone.
   *
   * @return how all of the kernel's drivers stand then
   */
  public KernelState pass(Kernel kernel, Predicate<DriverState> which)
      throws IOException, InterruptedException {
    LockFile held = awaitOtherChanges();
    try {
      return pass.run(kernel, which, settings());
    } finally {
      toolchain.remove();
      held.close();
    }
  }

  /** Whether the last pass left something to do for when a yum has ended. */
  boolean awaitsYum() {
    return pass.isAwaiting();
  }

  /** Whether no yum runs any more that the last pass left something to do for. */
  boolean hasYumEnded() {
    return pass.isAwaiting() && yum.holder().isEmpty();
  }

  /**
   * From now on acts on no other kernel than the one that boots next.
   *
   * @param again whether another pass follows, which may see what this one has not
   * @return that kernel; nothing if there is no work for it
   */
  public Optional<Kernel> finishNext(boolean again) throws IOException, InterruptedException {
    return pass.finishNext(settings(), again);
  }
}
