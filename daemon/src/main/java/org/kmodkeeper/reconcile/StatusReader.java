package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.GuardStatus;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.host.HostPaths;
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
  private final Reading parts;

  StatusReader(Reading parts) {
    this.parts = parts;
  }

  /** One for a program that is not the daemon: nothing is running. Reads what was tried before. */
  public static StatusReader open(
      HostPaths paths, CommandRunner runner, Settings settings, Clock clock) throws IOException {
    return new StatusReader(Reading.open(paths, runner, settings, clock, activity -> {}));
  }

  /** Looks at all drivers on all kernels. */
  public HostState look() throws IOException, InterruptedException {
    List<KernelState> kernels = parts.host().look(parts.settings().get());
    HostState state = HostState.of(kernels, parts.guard().next().orElse(null));
    return parts.running().activity().map(state::with).orElse(state);
  }

  /** Looks at all drivers on one kernel. */
  public KernelState look(Kernel kernel) throws IOException, InterruptedException {
    return parts.host().look(kernel, parts.settings().get());
  }

  /**
   * What the verdicts on one kernel's drivers rest on.
   *
   * @param driver a name, or null for all
   * @return nothing if there is no such kernel or driver
   */
  public List<VerdictDetails> explain(String release, @Nullable String driver)
      throws IOException, InterruptedException {
    return parts
        .explainer()
        .explain(release, driver, parts.settings().get(), parts.running().activity().orElse(null));
  }

  /** What happened, oldest first; null stands for all kernels, or all drivers. */
  public List<HistoryEntry> history(@Nullable String kernel, @Nullable String driver, int limit) {
    return parts.history().entries(kernel, driver, limit);
  }

  /** What the guard may do. */
  public GuardMode guardMode() {
    return parts.settings().get().guard();
  }

  /** What boots next, and what is done about it. */
  public GuardStatus guardStatus() throws InterruptedException {
    return parts.guard().status();
  }

  /**
   * Ends a hold: the kernel that an update made the default boots next, ready or not; empty without
   * a hold.
   */
  public Optional<Kernel> releaseGuard() throws IOException, InterruptedException {
    return parts.guard().release();
  }

  /** Whether a package transaction runs: what is installed and what boots next may still change. */
  public boolean isInTransaction() throws IOException {
    return parts.transaction().isRunning();
  }
}
