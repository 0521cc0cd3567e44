package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.Guard;
import org.kmodkeeper.boot.GuardStatus;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.evaluate.RebuildRequests;
import org.kmodkeeper.history.HistoryFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HistoryEntry;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.process.CommandRunner;

/**
 * Reports the state of the host, from the disk as it is now; changes nothing, and may be called by
 * any thread.
 */
public final class StatusReader {
  /** More than anyone reads; the history has them all. */
  private static final int MAX_ATTEMPTS = 20;

  private final Supplier<Settings> settings;
  private final HostReader host;
  private final HistoryFile history;
  private final Guard guard;
  private final RunningRemedies running;

  StatusReader(
      Supplier<Settings> settings,
      HostReader host,
      HistoryFile history,
      Guard guard,
      RunningRemedies running) {
    this.settings = settings;
    this.host = host;
    this.history = history;
    this.guard = guard;
    this.running = running;
  }

  /** One for a program that is not the daemon: nothing is running. Reads what was tried before. */
  public static StatusReader open(
      HostPaths paths, CommandRunner runner, Settings settings, Clock clock) throws IOException {
    HistoryFile history = HistoryFile.open(paths.history());
    return new StatusReader(
        () -> settings,
        HostReader.of(paths, runner, history, new RebuildRequests(history), clock),
        history,
        new Guard(paths, runner, clock),
        new RunningRemedies(activities -> {}));
  }

  /** Looks at all drivers on all kernels. */
  public HostState look() throws IOException, InterruptedException {
    List<KernelState> kernels = host.look(settings.get());
    return HostState.of(kernels, guard.state()).with(running.activities());
  }

  /** Looks at all drivers on one kernel. */
  public KernelState look(Kernel kernel) throws IOException, InterruptedException {
    return host.look(kernel, settings.get());
  }

  /**
   * What the verdicts on one kernel's drivers rest on.
   *
   * @param driver a name, or null for all
   * @return nothing if there is no such kernel or driver
   */
  public List<VerdictDetails> explain(String release, @Nullable String driver)
      throws IOException, InterruptedException {
    Optional<Kernel> kernel =
        host.installed().stream().filter(one -> one.release().equals(release)).findFirst();
    List<VerdictDetails> found = new ArrayList<>();
    if (kernel.isPresent()) {
      for (DriverState state : look(kernel.get()).drivers()) {
        String name = state.observation().policy().name();
        if (driver == null || name.equals(driver)) {
          DriverState shown =
              running.activities().stream()
                  .filter(now -> DriverOnKernel.of(now).equals(DriverOnKernel.of(state)))
                  .findFirst()
                  .map(state::during)
                  .orElse(state);
          found.add(
              new VerdictDetails(
                  shown,
                  host.observer().settingsOn(state.observation()),
                  history.attempts(release, name, MAX_ATTEMPTS),
                  host.observer().storedOrigin(state.observation()).orElse(null)));
        }
      }
    }
    return found;
  }

  /** What happened, oldest first; null stands for all kernels, or all drivers. */
  public List<HistoryEntry> history(@Nullable String kernel, @Nullable String driver, int limit) {
    return history.entries(kernel, driver, limit);
  }

  /** What the guard may do. */
  public GuardMode guardMode() {
    return settings.get().guard();
  }

  /** What boots next, and what is done about it. */
  public GuardStatus guardStatus() throws InterruptedException {
    return guard.status();
  }

  /**
   * Ends a hold: the kernel that an update made the default boots next, ready or not; empty without
   * a hold.
   */
  public Optional<Kernel> releaseGuard() throws IOException, InterruptedException {
    return guard.release();
  }

  /** Whether a package transaction runs: what is installed and what boots next may still change. */
  public boolean isInTransaction() throws IOException {
    return host.isInTransaction();
  }
}
