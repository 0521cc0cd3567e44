package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.kmodkeeper.boot.BootStamps;
import org.kmodkeeper.boot.Guard;
import org.kmodkeeper.boot.GuardStatus;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.history.EventLog;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.model.BootState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.observe.Requirements;
import org.kmodkeeper.process.Heartbeat;

/**
 * What makes the next boot safe, which may come at any moment: the default is on a bootable kernel,
 * and a bootable kernel has its stamp.
 */
final class BootSafety {
  private final PackageTransaction transaction;
  private final Guard guard;
  private final BootStamps stamps;
  private final Requirements requirements;
  private final Heartbeat heartbeat;
  private boolean guarded = true;

  BootSafety(
      PackageTransaction transaction,
      Guard guard,
      BootStamps stamps,
      Requirements requirements,
      Heartbeat heartbeat) {
    this.transaction = transaction;
    this.guard = guard;
    this.stamps = stamps;
    this.requirements = requirements;
    this.heartbeat = heartbeat;
  }

  /**
   * Lets the guard choose which kernel boots next.
   *
   * @param kernels as they were observed since {@link #isSettled}
   */
  void guard(List<KernelState> kernels, GuardMode mode) throws IOException, InterruptedException {
    if (isSettled()) {
      guarded = guard.keep(kernels, mode);
    }
  }

  /** Whether the guard could do its work the last time. */
  boolean isGuarded() {
    return guarded;
  }

  /** Keeps which devices are in use for a boot into a kernel that lacks their driver. */
  void rememberDevices() throws InterruptedException {
    try {
      requirements.remember();
    } catch (IOException refusal) {
      EventLog.notWritten(refusal);
    }
  }

  /**
   * Whether no package transaction runs: in one, neither what is installed nor what boots next is
   * settled.
   */
  boolean isSettled() throws IOException {
    return !transaction.isRunning();
  }

  /** Returns when no package transaction runs. */
  void awaitSettled() throws IOException, InterruptedException {
    transaction.awaitEnd(heartbeat::beat);
  }

  /** Which kernel the boot loader boots next, as it says now. */
  BootState state() throws InterruptedException {
    return guard.state();
  }

  /** Which kernel should boot next, then which one does, as far as either is known. */
  List<Kernel> wanted() throws InterruptedException {
    GuardStatus boot = guard.status();
    return Stream.of(boot.wanted(), boot.next()).flatMap(Stream::ofNullable).toList();
  }

  /**
   * Lets the next boot see quickly that there is nothing to do; without a stamp it looks itself.
   */
  void stamp(KernelState state) {
    try {
      if (state.bootable()) {
        stamps.set(
            state.kernel(),
            state.drivers().stream()
                .flatMap(driver -> driver.observation().modules().stream())
                .flatMap(module -> Stream.ofNullable(module.resolved()))
                .map(ModuleFile::path)
                .toList());
      } else {
        stamps.clear(state.kernel());
      }
    } catch (IOException refusal) {
      EventLog.notWritten(refusal);
    }
  }

  /** Forgets kernels that have gone. */
  void retain(List<Kernel> installed) throws IOException {
    stamps.retain(installed);
  }
}
