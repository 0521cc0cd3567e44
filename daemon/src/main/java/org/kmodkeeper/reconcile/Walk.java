package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.KernelState.Presence;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Need;

/**
 * Walks over all kernels, from the newest to the oldest, and acts where looking says so. It belongs
 * to one thread, but for {@link #finishNext}.
 */
final class Walk {
  private final KernelInventory inventory;
  private final Janitor janitor;
  private final InTreeModules inTree;
  private final Assessor assessor;
  private final Cure cure;
  private final BootNotes boot;
  private final Narrator narrator;
  private final Chronicle chronicle;
  private final Clock clock;

  private volatile boolean awaiting;
  private volatile @Nullable Kernel current;
  private volatile @Nullable Kernel only;

  Walk(
      KernelInventory inventory,
      Janitor janitor,
      InTreeModules inTree,
      Assessor assessor,
      Cure cure,
      BootNotes boot,
      Narrator narrator,
      Chronicle chronicle,
      Clock clock) {
    this.inventory = inventory;
    this.janitor = janitor;
    this.inTree = inTree;
    this.assessor = assessor;
    this.cure = cure;
    this.boot = boot;
    this.narrator = narrator;
    this.chronicle = chronicle;
    this.clock = clock;
  }

  /**
   * One walk.
   *
   * @param progress called after each change of what a look shows
   * @return when the first retry comes due, if any does
   */
  Optional<Instant> walk(Runnable progress) throws IOException, InterruptedException {
    // What a transaction is about to use, or to own, is not there yet.
    boolean settled = boot.isSettled();
    if (settled) {
      janitor.sweep();
    }
    Instant looked = clock.instant();
    List<KernelState> seen = boot.look();
    if (settled && inTree.bringHome(inventory.installed(), modules(seen), chronicle)) {
      looked = clock.instant();
      seen = assessor.states();
    }
    @Nullable Instant due = null;
    boolean await = false;
    var subjects = new HashSet<Subject>();
    for (Kernel kernel : seen.stream().map(KernelState::kernel).toList()) {
      if (only != null && !kernel.equals(only)) {
        continue;
      }
      current = kernel;
      List<DriverState> row = row(seen, kernel);
      if (hasWork(row)) {
        row = settle(kernel, progress);
        // What was done may have changed other kernels as well, and it took its time.
        looked = clock.instant();
        seen = assessor.states();
      } else {
        cure.rest(row, looked);
        boot.stamp(new KernelState(kernel, Presence.INSTALLED, row));
      }
      for (DriverState state : row) {
        subjects.add(Subject.of(state.observation()));
        if (state.plan() instanceof Plan.Retry retry && (due == null || retry.at().isBefore(due))) {
          due = retry.at();
        }
        await |= state.plan() instanceof Plan.Await;
      }
    }
    awaiting = await;
    current = null;
    narrator.retain(subjects);
    boot.retain(inventory.installed());
    return Optional.ofNullable(due);
  }

  /** Whether the last walk left something to do for when another process has ended. */
  boolean isAwaiting() {
    return awaiting;
  }

  /** The modules of all drivers that are kept, as far as their names are known. */
  private static Set<String> modules(List<KernelState> seen) {
    Set<String> names = new HashSet<>();
    for (KernelState kernel : seen) {
      for (DriverState state : kernel.drivers()) {
        @Nullable Driver driver = state.observation().driver();
        Policy policy = state.observation().policy();
        names.add(policy.name());
        names.addAll(driver == null ? policy.modules() : driver.modules());
      }
    }
    return names;
  }

  /** Nothing for a kernel that has gone meanwhile. */
  private static List<DriverState> row(List<KernelState> seen, Kernel kernel) {
    return seen.stream()
        .filter(state -> state.kernel().equals(kernel))
        .flatMap(state -> state.drivers().stream())
        .toList();
  }

  static boolean hasWork(List<DriverState> row) {
    return row.stream().anyMatch(state -> state.plan() instanceof Plan.Apply);
  }

  /** The headers of the newest kernel that wait for a yum to end, as something that is at work. */
  static Optional<Activity> awaited(List<KernelState> seen) {
    return seen.stream()
        .flatMap(kernel -> kernel.drivers().stream())
        .flatMap(state -> awaited(state).stream())
        .findFirst();
  }

  private static Optional<Activity> awaited(DriverState state) {
    Subject of = Subject.of(state.observation());
    return state.plan() instanceof Plan.Await plan
        ? Optional.of(
            new Activity(
                of.kernel(),
                of.driver(),
                plan.remedy(),
                plan.since(),
                null,
                "waiting for " + plan.process() + " to end"))
        : Optional.empty();
  }

  /** Treats all drivers on one kernel; returns how they stand then. */
  List<DriverState> settle(Kernel kernel, Runnable progress)
      throws IOException, InterruptedException {
    List<DriverState> states = new ArrayList<>();
    for (Policy policy : assessor.policies()) {
      states.add(cure.treat(kernel, policy, progress));
    }
    boot.stamp(new KernelState(kernel, Presence.INSTALLED, states));
    return states;
  }

  /**
   * The same for the required ones alone. The others are treated only where one of those is not
   * ready without: it may build on them.
   */
  List<DriverState> settleRequired(Kernel kernel, Runnable progress)
      throws IOException, InterruptedException {
    List<DriverState> row = assessor.states(kernel);
    Set<String> required = new HashSet<>();
    for (DriverState state : row) {
      if (state.observation().policy().need() != Need.OPTIONAL) {
        required.add(state.observation().policy().name());
      }
    }
    for (Policy policy : assessor.policies()) {
      if (required.contains(policy.name())) {
        cure.treat(kernel, policy, progress);
      }
    }
    List<DriverState> treated = assessor.states(kernel);
    if (!treated.stream().allMatch(DriverState::bootable)) {
      return settle(kernel, progress);
    }
    boot.stamp(new KernelState(kernel, Presence.INSTALLED, treated));
    return treated;
  }

  /**
   * From now on sees to no other kernel than the one that boots next: the one that a hold waits for
   * or the boot loader names; the newest where neither tells.
   *
   * @param again whether another walk follows, which may see what this one has not
   * @return that kernel; nothing if there is no work for it
   */
  Optional<Kernel> finishNext(boolean again) throws IOException, InterruptedException {
    @Nullable Kernel at = current;
    List<Kernel> installed = inventory.installed();
    Optional<Kernel> next =
        Stream.concat(boot.next().stream().filter(installed::contains), installed.stream())
            .findFirst();
    only = next.orElse(null);
    if (next.isEmpty() || next.get().equals(at)) {
      return next;
    }
    boolean mayBegin = at == null || again || next.get().compareTo(at) < 0;
    return mayBegin && !isBootable(next.get()) ? next : Optional.empty();
  }

  private boolean isBootable(Kernel kernel) throws IOException, InterruptedException {
    return new KernelState(kernel, Presence.INSTALLED, assessor.states(kernel)).bootable();
  }
}
