package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy.Need;
import org.kmodkeeper.model.Verdict;

/**
 * Observes the host once, and acts where the plan says so, on the kernel that boots next first and
 * then from the newest to the oldest, on several side by side. A remedy returns the cell that it
 * left behind; the whole host is observed again when a kernel's row is done, as what was done may
 * have changed other kernels, and it took its time.
 *
 * <p>It belongs to one thread, but for {@link #finishNext}.
 */
final class ReconcilePass {
  /** Until work is taken up again that a pass has left undone. */
  private static final Duration LEFTOVER_DELAY = Duration.ofMinutes(1);

  private final HostReader reader;
  private final RemedyWorkers workers;
  private final RemedyOrder order;
  private final TreeCleaner cleaner;
  private final BootSafety boot;
  private final StateRecorder recorder;

  private volatile HostState state = HostState.of(List.of());
  private List<Kernel> installed = List.of();

  private boolean acted;
  private volatile boolean awaiting;
  private volatile @Nullable Kernel only;

  ReconcilePass(
      HostReader reader,
      RemedyWorkers workers,
      TreeCleaner cleaner,
      BootSafety boot,
      StateRecorder recorder) {
    this.reader = reader;
    this.workers = workers;
    this.order = new RemedyOrder(workers);
    this.cleaner = cleaner;
    this.boot = boot;
    this.recorder = recorder;
  }

  /** Brings what is known up to date, but for the kernels on which a remedy is running. */
  private interface Look {
    void refresh() throws IOException, InterruptedException;
  }

  /**
   * One pass.
   *
   * @param asked whether somebody has asked for another pass meanwhile, which then comes sooner
   * @return when the first retry comes due, if any does
   */
  Optional<Instant> run(Settings settings, BooleanSupplier asked)
      throws IOException, InterruptedException {
    // What a transaction is about to use or to own does not exist yet.
    boolean settled = boot.isSettled();
    if (settled) {
      cleaner.removeLeftovers(reader.installed());
    }
    observe(settings);
    // Observing takes its time: a transaction that has begun since may be removing a kernel.
    if (settled && boot.isSettled() && cleaner.restoreOriginals(state)) {
      observe(settings);
    }
    acted = false;
    act(settings, cell -> true, () -> observe(settings), asked);
    improve(settings, asked);
    awaiting = state.cells().anyMatch(cell -> cell.plan() instanceof Plan.Await);
    boot.retain(reader.installed());
    return due();
  }

  private Optional<Instant> due() {
    boolean left = only == null && (state.hasWork() || !boot.isGuarded());
    Stream<Instant> again = Stream.of(recorder.now().plus(LEFTOVER_DELAY)).filter(at -> left);
    return Stream.concat(state.retries(), again).min(Instant::compareTo);
  }

  /**
   * Observes all drivers on all kernels but those on which a remedy is running, and lets the guard
   * choose which kernel boots next.
   */
  private void observe(Settings settings) throws IOException, InterruptedException {
    boot.rememberDevices();
    boolean settled = boot.isSettled();
    Instant looked = recorder.now();
    installed = reader.installed();
    List<KernelState> kernels =
        reader.look(settings).stream()
            .map(row -> workers.isBusy(row.kernel()) ? state.find(row.kernel()).orElse(row) : row)
            .toList();
    if (settled) {
      boot.guard(kernels, settings.guard());
    }
    show(HostState.of(kernels, boot.state()));
    if (settled) {
      for (DriverState cell : state.cells().toList()) {
        if (!workers.isBusy(cell.observation().kernel())) {
          cleaner.store(cell);
        }
      }
    }
    kernels.forEach(boot::stamp);
    recorder.record(state, looked);
  }

  private void show(HostState seen) throws InterruptedException {
    state = seen;
    boolean several = seen.kernels().stream().filter(KernelState::hasWork).count() > 1;
    order.first(several ? boot.wanted() : List.of());
  }

  /**
   * Applies remedies, as many side by side as may be, until there is nothing left to do now.
   *
   * @param which to which drivers
   * @param look after a kernel's row is done, or where the host is no longer as it was observed
   */
  private void act(
      Settings settings, Predicate<DriverState> which, Look look, BooleanSupplier asked)
      throws IOException, InterruptedException {
    order.reset(which);
    @Nullable IOException failure = null;
    boolean more = true;
    try {
      while (more) {
        try {
          if (failure == null && !isInterrupted(asked)) {
            beginAll(settings, look);
          }
          more = !workers.isIdle() && !isNextDone();
          if (more) {
            awaitOne(settings, look);
          }
        } catch (IOException failed) {
          // What else is running comes to its end first.
          failure = failed;
        }
      }
    } finally {
      workers.stop();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Begins whatever may run beside what is running. */
  private void beginAll(Settings settings, Look look) throws IOException, InterruptedException {
    var next = order.next(state, only, settings);
    for (; next.isPresent(); next = order.next(state, only, settings)) {
      boolean settled = boot.isSettled();
      if (!settled && !workers.isIdle()) {
        return;
      }
      if (!settled) {
        // What is being unpacked is not there yet, what is being removed goes piece by piece,
        // and dkms may be at work in a scriptlet.
        boot.awaitSettled();
        look.refresh();
      } else if (!isUpToDate()) {
        look.refresh();
      } else {
        begin(next.get(), settings);
      }
    }
  }

  private void begin(DriverState cell, Settings settings) {
    order.begin(cell, recorder.rebuild(DriverOnKernel.of(cell)), settings);
  }

  /** Whether the host is shutting down, and the kernel that it waits for was done in this pass. */
  private boolean isNextDone() {
    @Nullable Kernel next = only;
    return next != null && order.hasBegun(next) && order.isDone(state, next);
  }

  /** Waits a while for the end of a remedy, and takes what it has left behind into the state. */
  private void awaitOne(Settings settings, Look look) throws IOException, InterruptedException {
    Optional<RemedyRunner.Left> left = workers.await();
    if (left.isEmpty()) {
      return;
    }
    acted = true;
    Observation seen = left.get().observation();
    if (reader.installed().contains(seen.kernel())) {
      DriverState after = reader.evaluate(seen, settings, state.cells());
      cleaner.store(after);
      replace(after, left.get().looked());
    }
    if (order.isDone(state, seen.kernel())) {
      look.refresh();
    } else {
      refreshBeside(seen, settings);
    }
  }

  /**
   * A remedy may have changed how other drivers stand on its kernel, as dkms builds all and others
   * build on it, and how its driver stands on others, for which a build is stored now.
   */
  private void refreshBeside(Observation changed, Settings settings)
      throws IOException, InterruptedException {
    DriverOnKernel at = DriverOnKernel.of(changed);
    List<Kernel> there = reader.installed();
    for (DriverState known : state.cells().toList()) {
      DriverOnKernel cell = DriverOnKernel.of(known);
      if (!cell.equals(at)
          && (cell.kernel().equals(at.kernel()) || cell.driver().equals(at.driver()))
          && known.finding().verdict() != Verdict.READY
          && !workers.isBusy(cell.kernel())
          && there.contains(cell.kernel())) {
        Instant looked = recorder.now();
        Observation seen = reader.observe(cell.kernel(), known.observation().policy(), settings);
        replace(reader.evaluate(seen, settings, state.cells()), looked);
      }
    }
  }

  /**
   * Builds what is ready by a build for another kernel, as long as nothing else is to be done: a
   * kernel that arrives ends it. A driver that fails is left as it is.
   */
  private void improve(Settings settings, BooleanSupplier asked)
      throws IOException, InterruptedException {
    for (var next = improvement(); next.isPresent(); next = improvement()) {
      if (asked.getAsBoolean() || only != null || !boot.isSettled() || !isUpToDate()) {
        return;
      }
      try {
        begin(next.get(), settings);
        while (!workers.isIdle() && isUpToDate()) {
          awaitOne(settings, () -> observe(settings));
        }
      } finally {
        workers.stop();
      }
    }
  }

  /** The first that is due, unless something urgent is. */
  private Optional<DriverState> improvement() throws IOException {
    List<DriverState> cells = state.hasWork() ? List.of() : state.cells().toList();
    for (DriverState cell : cells) {
      if (cell.plan() instanceof Plan.Improve && cleaner.isOurs(cell)) {
        return Optional.of(cell);
      }
    }
    return Optional.empty();
  }

  private void replace(DriverState cell, Instant looked) {
    state = state.with(cell);
    recorder.record(state, cell, looked);
  }

  /** Whether a change was announced: then the next pass goes on. Each pass gets something done. */
  private boolean isInterrupted(BooleanSupplier asked) {
    return acted && asked.getAsBoolean();
  }

  /** Whether no kernel has come or gone since the host was observed. */
  private boolean isUpToDate() throws IOException {
    return reader.installed().equals(installed);
  }

  /** Whether the last pass left something to do for when another process has ended. */
  boolean isAwaiting() {
    return awaiting;
  }

  /**
   * Makes one kernel's drivers ready. The others are treated only where one of those is not ready
   * without: it may build on them.
   *
   * @return how all of them stand then
   */
  KernelState run(Kernel kernel, Predicate<DriverState> which, Settings settings)
      throws IOException, InterruptedException {
    observeRow(kernel, settings);
    Look look = () -> observeRow(kernel, settings);
    act(settings, which, look, () -> false);
    if (!state.cells().filter(which).allMatch(DriverState::bootable)) {
      act(settings, cell -> true, look, () -> false);
    }
    return state.kernels().get(0);
  }

  static boolean isRequired(DriverState cell) {
    return cell.observation().policy().need() != Need.OPTIONAL;
  }

  private void observeRow(Kernel kernel, Settings settings)
      throws IOException, InterruptedException {
    Instant looked = recorder.now();
    installed = reader.installed();
    KernelState row = reader.look(kernel, settings);
    show(HostState.of(List.of(row)));
    boot.stamp(row);
    row.drivers().stream()
        .filter(ReconcilePass::isRequired)
        .forEach(cell -> recorder.record(state, cell, looked));
  }

  /**
   * From now on acts on no other kernel than the one that boots next: the one that a hold waits for
   * or the boot loader names; the newest where neither tells.
   *
   * @param again whether another pass follows, which may see what this one has not
   * @return that kernel; nothing if there is no work for it
   */
  Optional<Kernel> finishNext(Settings settings, boolean again)
      throws IOException, InterruptedException {
    Set<Kernel> at = workers.urgent();
    List<Kernel> installed = reader.installed();
    Optional<Kernel> next =
        Stream.concat(boot.wanted().stream().filter(installed::contains), installed.stream())
            .findFirst();
    only = next.orElse(null);
    if (next.isEmpty() || at.contains(next.get())) {
      return next;
    }
    boolean mayBegin =
        at.isEmpty() || again || state.find(next.get()).filter(KernelState::hasWork).isPresent();
    return mayBegin && !reader.look(next.get(), settings).bootable() ? next : Optional.empty();
  }
}
