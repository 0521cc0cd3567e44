package org.kmodkeeper.reconcile;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Remedy;

/** Which remedy comes next: on the kernel that boots next, else on the newest. */
final class RemedyOrder {
  /** More steps than any driver needs; ends one that goes in circles. */
  private static final int MAX_STEPS = 8;

  private final RemedyWorkers workers;
  private final Map<DriverOnKernel, Integer> steps = new HashMap<>();
  private Predicate<DriverState> which = cell -> true;
  private List<Kernel> first = List.of();

  RemedyOrder(RemedyWorkers workers) {
    this.workers = workers;
  }

  /** Begins again, with these drivers. */
  void reset(Predicate<DriverState> drivers) {
    steps.clear();
    which = drivers;
  }

  /** From now on these kernels come before newer ones. */
  void first(List<Kernel> kernels) {
    first = kernels;
  }

  /**
   * The first that may begin now.
   *
   * @param only on no other kernel, or null
   */
  Optional<DriverState> next(HostState state, @Nullable Kernel only, Settings settings)
      throws InterruptedException {
    Set<Kernel> waiting = new HashSet<>();
    for (DriverState cell : inOrder(state).filter(this::isDue).toList()) {
      Remedy remedy = ((Plan.Apply) cell.plan()).remedy();
      Kernel kernel = cell.observation().kernel();
      // Drivers in dkms may build on those before them.
      boolean inDkms = cell.observation().driverFacts().dkms() == DkmsState.REGISTERED;
      if ((only != null && !kernel.equals(only)) || (inDkms && waiting.contains(kernel))) {
        continue;
      }
      if (workers.mayBegin(cell.observation(), remedy, settings)) {
        return Optional.of(cell);
      }
      if (remedy.isTransaction()) {
        // Packages are installed while nothing else is running, which is so in the end.
        return Optional.empty();
      }
      if (inDkms) {
        waiting.add(kernel);
      }
    }
    return Optional.empty();
  }

  private Stream<DriverState> inOrder(HostState state) {
    return Stream.concat(
            first.stream().distinct().flatMap(kernel -> state.find(kernel).stream()),
            state.kernels().stream().filter(row -> !first.contains(row.kernel())))
        .flatMap(row -> row.drivers().stream());
  }

  private boolean isDue(DriverState cell) {
    return cell.plan() instanceof Plan.Apply
        && which.test(cell)
        && steps.getOrDefault(DriverOnKernel.of(cell), 0) < MAX_STEPS;
  }

  void begin(DriverState cell, Rebuild rebuild, Settings settings) {
    steps.merge(DriverOnKernel.of(cell), 1, Integer::sum);
    workers.begin(cell.observation(), (Plan.Work) cell.plan(), rebuild, settings);
  }

  /** Whether anything was begun on that kernel. */
  boolean hasBegun(Kernel kernel) {
    return steps.keySet().stream().anyMatch(cell -> cell.kernel().equals(kernel));
  }

  /** Whether there is nothing to do on that kernel, and nothing running. */
  boolean isDone(HostState state, Kernel kernel) {
    return !workers.isBusy(kernel)
        && inOrder(state)
            .filter(cell -> cell.observation().kernel().equals(kernel))
            .noneMatch(this::isDue);
  }
}
