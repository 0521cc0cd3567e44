package org.kmodkeeper.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How the whole host stands: a row for each installed kernel, newest first.
 *
 * @param nextBoot the kernel that the boot loader boots next, or null if that is not known
 * @param activity what is being done or waited for, or null
 */
public record HostState(
    List<KernelState> kernels, @Nullable Kernel nextBoot, @Nullable Activity activity) {
  /** Whether it pays to wait. */
  public enum Busy {
    /** Work is in progress or about to begin. */
    WORKING,
    /** Nothing will change unless an input does or a retry comes due. */
    SETTLED
  }

  public HostState {
    kernels = List.copyOf(kernels);
  }

  /** The state as it was observed, with what is waited for. */
  public static HostState of(List<KernelState> kernels, @Nullable Kernel nextBoot) {
    Stream<Activity> awaited =
        cells(kernels).anyMatch(state -> state.plan() instanceof Plan.Apply)
            ? Stream.empty()
            : cells(kernels).flatMap(state -> awaited(state).stream());
    return new HostState(kernels, nextBoot, awaited.findFirst().orElse(null));
  }

  /** The headers that wait for a package manager to end, as something that is running. */
  private static Optional<Activity> awaited(DriverState state) {
    DriverOnKernel cell = DriverOnKernel.of(state);
    return state.plan() instanceof Plan.Await plan
        ? Optional.of(
            new Activity(
                cell.kernel(),
                cell.driver(),
                plan.remedy(),
                plan.since(),
                Activity.Purpose.MAKE_READY,
                null,
                "waiting for " + plan.process() + " to end"))
        : Optional.empty();
  }

  /** All drivers on all kernels. */
  public Stream<DriverState> cells() {
    return cells(kernels);
  }

  private static Stream<DriverState> cells(List<KernelState> kernels) {
    return kernels.stream().flatMap(kernel -> kernel.drivers().stream());
  }

  /** The state of one driver on one kernel; empty if either is not there. */
  public Optional<DriverState> find(DriverOnKernel cell) {
    return cells().filter(state -> DriverOnKernel.of(state).equals(cell)).findFirst();
  }

  /** The same with one cell replaced. */
  public HostState with(DriverState cell) {
    return of(kernels.stream().map(row -> row.with(cell)).toList(), nextBoot);
  }

  /** The same while a remedy is running. */
  public HostState with(Activity running) {
    DriverOnKernel at = DriverOnKernel.of(running);
    List<KernelState> rows =
        find(at).map(cell -> with(cell.during(running)).kernels()).orElse(kernels);
    return new HostState(rows, nextBoot, running);
  }

  public Busy busy() {
    boolean work = cells().anyMatch(state -> state.plan() instanceof Plan.Apply);
    boolean urgent = activity != null && activity.purpose() == Activity.Purpose.MAKE_READY;
    return work || urgent ? Busy.WORKING : Busy.SETTLED;
  }

  /** Whether every kernel is bootable. */
  public boolean bootable() {
    return kernels.stream().allMatch(KernelState::bootable);
  }

  /** What is being done or, if nothing is, how things stand; one line. */
  public String summary() {
    if (activity != null) {
      return "%s: remedy %s is running".formatted(DriverOnKernel.of(activity), activity.remedy());
    }
    List<String> unready =
        cells()
            .filter(state -> !state.finding().verdict().bootable())
            .map(state -> DriverOnKernel.of(state) + ": verdict " + state.finding().verdict())
            .sorted()
            .toList();
    return switch (unready.size()) {
      case 0 -> "all drivers are ready";
      case 1 -> unready.get(0);
      default -> unready.get(0) + ", and " + (unready.size() - 1) + " more";
    };
  }
}
