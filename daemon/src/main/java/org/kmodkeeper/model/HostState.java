package org.kmodkeeper.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How the whole host stands: a row for each installed kernel, newest first.
 *
 * @param boot which of them boots next
 * @param activities what is being done, or waited for
 */
public record HostState(List<KernelState> kernels, BootState boot, List<Activity> activities) {
  /** Whether it pays to wait. */
  public enum Busy {
    /** Work is in progress or about to begin. */
    WORKING,
    /** Nothing will change unless an input does or a retry comes due. */
    SETTLED
  }

  public HostState {
    kernels = List.copyOf(kernels);
    activities = List.copyOf(activities);
  }

  /** The state where nobody has asked which kernel boots next. */
  public static HostState of(List<KernelState> kernels) {
    return of(kernels, BootState.UNKNOWN);
  }

  /** The state as it was observed, with what is waited for. */
  public static HostState of(List<KernelState> kernels, BootState boot) {
    Stream<Activity> awaited =
        cells(kernels).anyMatch(state -> state.plan() instanceof Plan.Apply)
            ? Stream.empty()
            : cells(kernels).flatMap(state -> awaited(state).stream());
    return new HostState(kernels, boot, awaited.limit(1).toList());
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
                "waiting for " + plan.process() + " to end",
                null))
        : Optional.empty();
  }

  /** All drivers on all kernels. */
  public Stream<DriverState> cells() {
    return cells(kernels);
  }

  private static Stream<DriverState> cells(List<KernelState> kernels) {
    return kernels.stream().flatMap(kernel -> kernel.drivers().stream());
  }

  /** The row of that kernel; empty if it is not there. */
  public Optional<KernelState> find(Kernel kernel) {
    return kernels.stream().filter(row -> row.kernel().equals(kernel)).findFirst();
  }

  /** Whether a remedy is to be applied now. */
  public boolean hasWork() {
    return kernels.stream().anyMatch(KernelState::hasWork);
  }

  /** When failed remedies are tried again. */
  public Stream<Instant> retries() {
    return cells()
        .flatMap(
            cell ->
                cell.plan() instanceof Plan.Retry retry ? Stream.of(retry.at()) : Stream.empty());
  }

  /** The state of one driver on one kernel; empty if either is not there. */
  public Optional<DriverState> find(DriverOnKernel cell) {
    return cells().filter(state -> DriverOnKernel.of(state).equals(cell)).findFirst();
  }

  /** The same with one cell replaced. */
  public HostState with(DriverState cell) {
    return of(kernels.stream().map(row -> row.with(cell)).toList(), boot);
  }

  /** The same while remedies are running, if any are. */
  public HostState with(List<Activity> running) {
    if (running.isEmpty()) {
      return this;
    }
    List<KernelState> rows = kernels;
    for (Activity one : running) {
      Optional<DriverState> cell = find(DriverOnKernel.of(one)).map(known -> known.during(one));
      if (cell.isPresent()) {
        rows = rows.stream().map(row -> row.with(cell.get())).toList();
      }
    }
    return new HostState(rows, boot, running);
  }

  public Busy busy() {
    boolean work = cells().anyMatch(state -> state.plan() instanceof Plan.Apply);
    boolean urgent =
        activities.stream().anyMatch(one -> one.purpose() == Activity.Purpose.MAKE_READY);
    return work || urgent ? Busy.WORKING : Busy.SETTLED;
  }

  /** Whether every kernel is bootable. */
  public boolean bootable() {
    return kernels.stream().allMatch(KernelState::bootable);
  }

  /** The kernel that the boot loader boots next, or null if that is not known. */
  public @Nullable Kernel nextBoot() {
    return boot.next();
  }

  /** Whether the next boot is into a bootable kernel, whichever it is; what is unknown is not. */
  public boolean isNextBootSafe() {
    @Nullable Kernel next = boot.next();
    return switch (boot.certainty()) {
      case KNOWN -> next != null && find(next).filter(KernelState::bootable).isPresent();
      case UNSUPPORTED -> bootable();
      case LACKING, UNDECIDED -> false;
    };
  }

  /** What is being done or, if nothing is, how things stand; one line. */
  public String summary() {
    if (!activities.isEmpty()) {
      return activities.stream()
          .map(one -> "%s: remedy %s is running".formatted(DriverOnKernel.of(one), one.remedy()))
          .collect(Collectors.joining("; "));
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
