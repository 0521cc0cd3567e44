package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Heartbeat;

/**
 * Runs remedies side by side, each on a thread of its own, as far as they do not disturb each
 * other. It belongs to one thread, but for {@link #urgent}.
 */
final class RemedyWorkers {
  /** How often the owner looks whether something else may begin. */
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

  /**
   * A worker that makes no progress for longer is stuck: twice the limit of a command, and more.
   */
  private static final Duration STUCK_TIMEOUT = Duration.ofMinutes(3);

  /** A build is killed within two seconds. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);

  private final RemedyRunner remedies;
  private final BuildClasses classes;
  private final HostPaths paths;
  private final Heartbeat heartbeat;
  private final Map<DriverOnKernel, Job> running = new ConcurrentHashMap<>();
  private final BlockingQueue<FutureTask<RemedyRunner.Left>> ended = new LinkedBlockingQueue<>();

  private record Job(
      Observation before, Plan.Work work, FutureTask<RemedyRunner.Left> task, Thread thread) {}

  RemedyWorkers(RemedyRunner remedies, BuildClasses classes, HostPaths paths, Heartbeat heartbeat) {
    this.remedies = remedies;
    this.classes = classes;
    this.paths = paths;
    this.heartbeat = heartbeat;
  }

  boolean isIdle() {
    return running.isEmpty();
  }

  /** Whether a remedy is running on that kernel. */
  boolean isBusy(Kernel kernel) {
    return running.keySet().stream().anyMatch(cell -> cell.kernel().equals(kernel));
  }

  /** The kernels on which a driver is being made ready. */
  Set<Kernel> urgent() {
    return running.values().stream()
        .filter(job -> job.work() instanceof Plan.Apply)
        .map(job -> job.before().kernel())
        .collect(Collectors.toSet());
  }

  /** Whether a remedy may begin beside those that are running. */
  boolean mayBegin(Observation seen, Remedy remedy, Settings settings) throws InterruptedException {
    boolean runs = running.containsKey(DriverOnKernel.of(seen));
    if (runs || (!isIdle() && running.size() >= BuildLimit.of(settings, paths))) {
      return false;
    }
    for (Job job : running.values()) {
      if (disturb(job.before(), job.work().remedy(), seen, remedy)) {
        return false;
      }
    }
    return true;
  }

  private boolean disturb(Observation one, Remedy first, Observation other, Remedy second)
      throws InterruptedException {
    // The package manager changes what all others use.
    if (first.isTransaction() || second.isTransaction()) {
      return true;
    }
    boolean builds = first == Remedy.DIRECT && second == Remedy.DIRECT;
    boolean independent = !isRegistered(one) && !isRegistered(other);
    if (one.kernel().equals(other.kernel())) {
      // Of one kernel all others change modules.dep, and drivers in dkms may build on each other.
      return !(builds && independent);
    }
    boolean same =
        switch (first) {
          // An override's file and the space in /boot are those of all kernels.
          case OVERRIDE, INITRAMFS -> first == second;
          // It has no lock, autoinstall builds all drivers, and some are built in their source.
          case DKMS -> second == Remedy.DKMS || (second == Remedy.DIRECT && isRegistered(other));
          case DIRECT -> second == Remedy.DKMS && isRegistered(one);
          // It takes a second; then the kernel that comes first is built for first.
          case STORED -> second.isBuild();
          case PACKAGE, HEADERS -> false;
        };
    // Once the first build is stored, it may do for the other kernel.
    return same
        || (first.isBuild()
            && (second.isBuild() || second == Remedy.STORED)
            && one.policy().name().equals(other.policy().name())
            && classes.mayShare(one, other));
  }

  private static boolean isRegistered(Observation seen) {
    return seen.driverFacts().dkms() == DkmsState.REGISTERED;
  }

  /** Begins a remedy. */
  void begin(Observation before, Plan.Work work, Rebuild rebuild, Settings settings) {
    var task = new FutureTask<>(remedies.begin(before, work, rebuild, settings)::run);
    DriverOnKernel cell = DriverOnKernel.of(before);
    var thread = new Thread(() -> heartbeat.help(() -> run(task)), "remedy " + cell);
    running.put(cell, new Job(before, work, task, thread));
    thread.start();
  }

  private void run(FutureTask<RemedyRunner.Left> task) {
    task.run();
    ended.add(task);
  }

  /**
   * Waits for the end of a remedy, not for long.
   *
   * @return what it left behind, if one has ended
   */
  Optional<RemedyRunner.Left> await() throws IOException, InterruptedException {
    var task = ended.poll(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    heartbeat.beatWithHelpers(STUCK_TIMEOUT);
    if (task == null || !running.values().removeIf(job -> job.task() == task)) {
      return Optional.empty();
    }
    try {
      return Optional.of(task.get());
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException unreadable) {
        throw unreadable;
      }
      throw new IllegalStateException(failed.getCause());
    }
  }

  /** Interrupts those that are running; a build is killed with all its processes. */
  void stop() {
    running.values().forEach(job -> job.thread().interrupt());
    boolean interrupted = Thread.interrupted();
    long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
    for (Job job : running.values()) {
      long left = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
      try {
        job.thread().join(left);
      } catch (InterruptedException hurried) {
        interrupted = true;
      }
    }
    running.clear();
    ended.clear();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
