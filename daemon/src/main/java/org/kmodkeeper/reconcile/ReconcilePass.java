package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
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
 * Observes the host once, and acts where the plan says so, from the newest kernel to the oldest. A
 * remedy returns the cell that it left behind; the whole host is observed again when a kernel's row
 * is done, as what was done may have changed other kernels, and it took its time.
 *
 * <p>It belongs to one thread, but for {@link #finishNext}.
 */
final class ReconcilePass {
  /** More steps than any driver needs; ends one that goes in circles. */
  private static final int MAX_STEPS = 8;

  /** Until work is taken up again that a pass has left undone. */
  private static final Duration LEFTOVER_DELAY = Duration.ofMinutes(1);

  private final HostReader reader;
  private final RemedyRunner remedies;
  private final TreeCleaner cleaner;
  private final BootSafety boot;
  private final StateRecorder recorder;

  private HostState state = new HostState(List.of(), null, null);
  private List<Kernel> installed = List.of();
  private boolean acted;
  private volatile boolean awaiting;
  private volatile @Nullable Kernel current;
  private volatile @Nullable Kernel only;

  ReconcilePass(
      HostReader reader,
      RemedyRunner remedies,
      TreeCleaner cleaner,
      BootSafety boot,
      StateRecorder recorder) {
    this.reader = reader;
    this.remedies = remedies;
    this.cleaner = cleaner;
    this.boot = boot;
    this.recorder = recorder;
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
    Set<Kernel> done = new HashSet<>();
    for (var next = next(done); next.isPresent(); next = next(done)) {
      current = next.get();
      act(next.get(), settings, cell -> true, asked);
      if (isInterrupted(asked)) {
        break;
      }
      if (isUpToDate()) {
        done.add(next.get());
      }
      observe(settings);
    }
    improve(settings, asked);
    current = null;
    awaiting = state.cells().anyMatch(cell -> cell.plan() instanceof Plan.Await);
    boot.retain(reader.installed());
    return due();
  }

  /** The newest kernel with work that is not done yet in this pass. */
  private Optional<Kernel> next(Set<Kernel> done) {
    return state.kernels().stream()
        .filter(row -> only == null || row.kernel().equals(only))
        .filter(row -> row.hasWork() && !done.contains(row.kernel()))
        .map(KernelState::kernel)
        .findFirst();
  }

  private Optional<Instant> due() {
    Stream<Instant> retries =
        state
            .cells()
            .map(DriverState::plan)
            .filter(Plan.Retry.class::isInstance)
            .map(retry -> ((Plan.Retry) retry).at());
    boolean leftover = only == null && state.kernels().stream().anyMatch(KernelState::hasWork);
    Stream<Instant> again =
        leftover ? Stream.of(recorder.now().plus(LEFTOVER_DELAY)) : Stream.empty();
    return Stream.concat(retries, again).min(Instant::compareTo);
  }

  /** Observes all drivers on all kernels, and lets the guard choose which kernel boots next. */
  private void observe(Settings settings) throws IOException, InterruptedException {
    boot.rememberDevices();
    boolean settled = boot.isSettled();
    Instant looked = recorder.now();
    installed = reader.installed();
    List<KernelState> kernels = reader.look(settings);
    if (settled) {
      boot.guard(kernels, settings.guard());
    }
    state = HostState.of(kernels, boot.next().orElse(null));
    if (settled) {
      for (DriverState cell : state.cells().toList()) {
        cleaner.store(cell);
      }
    }
    kernels.forEach(boot::stamp);
    recorder.record(state, looked);
  }

  /**
   * Applies remedies to the drivers on one kernel, until there is nothing left to do now or the
   * host is no longer as it was observed.
   *
   * @param which of the drivers
   */
  private void act(
      Kernel kernel, Settings settings, Predicate<DriverState> which, BooleanSupplier asked)
      throws IOException, InterruptedException {
    boolean changed = false;
    List<DriverOnKernel> cells =
        state
            .cells()
            .filter(which)
            .map(DriverOnKernel::of)
            .filter(cell -> cell.kernel().equals(kernel))
            .toList();
    for (DriverOnKernel cell : cells) {
      for (int step = 0; step < MAX_STEPS; step++) {
        if (step == 0 && changed) {
          refresh(cell, settings);
        }
        Optional<Plan.Apply> plan = plan(cell);
        if (plan.isPresent() && !boot.isSettled()) {
          // What is being unpacked is not there yet, what is being removed goes piece by piece,
          // and dkms may be at work in a scriptlet.
          boot.awaitSettled();
          observe(settings);
          plan = plan(cell);
        }
        if (plan.isEmpty() || isInterrupted(asked) || !isUpToDate()) {
          break;
        }
        apply(cell, plan.get(), settings);
        changed = true;
      }
    }
    state.kernels().stream().filter(row -> row.kernel().equals(kernel)).forEach(boot::stamp);
  }

  private Optional<Plan.Apply> plan(DriverOnKernel cell) {
    return state
        .find(cell)
        .map(DriverState::plan)
        .filter(Plan.Apply.class::isInstance)
        .map(Plan.Apply.class::cast);
  }

  /** Another driver's remedy may have changed this one: dkms builds all, others build on it. */
  private void refresh(DriverOnKernel cell, Settings settings)
      throws IOException, InterruptedException {
    Optional<DriverState> known =
        state.find(cell).filter(one -> one.finding().verdict() != Verdict.READY);
    if (known.isPresent() && reader.installed().contains(cell.kernel())) {
      Instant looked = recorder.now();
      Observation seen =
          reader.observe(cell.kernel(), known.get().observation().policy(), settings);
      replace(reader.evaluate(seen, settings, state.cells()), looked);
    }
  }

  /**
   * Builds what is ready by a build for another kernel, as long as nothing else is to be done. A
   * driver that fails is left as it is.
   */
  private void improve(Settings settings, BooleanSupplier asked)
      throws IOException, InterruptedException {
    for (var next = improvement(); next.isPresent(); next = improvement()) {
      if (asked.getAsBoolean() || only != null || !boot.isSettled() || !isUpToDate()) {
        return;
      }
      apply(DriverOnKernel.of(next.get()), (Plan.Improve) next.get().plan(), settings);
      observe(settings);
    }
  }

  /** The first that is due, unless something urgent is. */
  private Optional<DriverState> improvement() throws IOException {
    if (state.kernels().stream().anyMatch(KernelState::hasWork)) {
      return Optional.empty();
    }
    for (DriverState cell : state.cells().toList()) {
      if (cell.plan() instanceof Plan.Improve && cleaner.isOurs(cell)) {
        return Optional.of(cell);
      }
    }
    return Optional.empty();
  }

  private void apply(DriverOnKernel cell, Plan.Work work, Settings settings)
      throws IOException, InterruptedException {
    DriverState before = state.find(cell).orElseThrow();
    RemedyRunner.Left left =
        remedies.run(before.observation(), work, recorder.rebuild(cell), settings);
    acted = true;
    if (reader.installed().contains(cell.kernel())) {
      DriverState after = reader.evaluate(left.observation(), settings, state.cells());
      cleaner.store(after);
      replace(after, left.looked());
    }
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
   * Makes one kernel's required drivers ready. The others are treated only where one of those is
   * not ready without: it may build on them.
   *
   * @return how all of them stand then
   */
  KernelState runRequired(Kernel kernel, Settings settings)
      throws IOException, InterruptedException {
    observeRow(kernel, settings);
    act(kernel, settings, ReconcilePass::isRequired, () -> false);
    KernelState row = observeRow(kernel, settings);
    if (!row.bootable()) {
      act(kernel, settings, cell -> true, () -> false);
      row = observeRow(kernel, settings);
    }
    return row;
  }

  private static boolean isRequired(DriverState cell) {
    return cell.observation().policy().need() != Need.OPTIONAL;
  }

  private KernelState observeRow(Kernel kernel, Settings settings)
      throws IOException, InterruptedException {
    Instant looked = recorder.now();
    installed = reader.installed();
    KernelState row = reader.look(kernel, settings);
    state = HostState.of(List.of(row), null);
    boot.stamp(row);
    row.drivers().stream()
        .filter(ReconcilePass::isRequired)
        .forEach(cell -> recorder.record(state, cell, looked));
    return row;
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
    @Nullable Kernel at = current;
    List<Kernel> installed = reader.installed();
    Optional<Kernel> next =
        Stream.concat(boot.wanted().stream().filter(installed::contains), installed.stream())
            .findFirst();
    only = next.orElse(null);
    if (next.isEmpty() || next.get().equals(at)) {
      return next;
    }
    boolean mayBegin = at == null || again || next.get().compareTo(at) < 0;
    return mayBegin && !reader.look(next.get(), settings).bootable() ? next : Optional.empty();
  }
}
