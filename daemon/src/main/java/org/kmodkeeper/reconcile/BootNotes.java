package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.kmodkeeper.boot.BootStamps;
import org.kmodkeeper.boot.Guard;
import org.kmodkeeper.boot.GuardStatus;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.ModuleFile;

/** Leaves word for the next boot, which may come at any moment. */
final class BootNotes {
  private final PackageTransaction transaction;
  private final Assessor assessor;
  private final Guard guard;
  private final BootStamps stamps;
  private final Requirements requirements;
  private final Chronicle chronicle;

  BootNotes(
      PackageTransaction transaction,
      Assessor assessor,
      Guard guard,
      BootStamps stamps,
      Requirements requirements,
      Chronicle chronicle) {
    this.transaction = transaction;
    this.assessor = assessor;
    this.guard = guard;
    this.stamps = stamps;
    this.requirements = requirements;
    this.chronicle = chronicle;
  }

  /** Looks at all kernels, and lets the guard choose which one boots next. */
  List<KernelState> look() throws IOException, InterruptedException {
    // In a transaction, neither what is installed nor what boots next is settled yet.
    rememberDevices();
    boolean settled = isSettled();
    List<KernelState> seen = assessor.states();
    if (settled && isSettled()) {
      guard.keep(seen);
    }
    return seen;
  }

  private void rememberDevices() throws InterruptedException {
    try {
      requirements.remember();
    } catch (IOException refusal) {
      chronicle.notRecorded(refusal);
    }
  }

  /** Whether no package transaction runs. */
  boolean isSettled() throws IOException {
    return !transaction.isRunning();
  }

  /** Which kernel should boot next, then which one does, as far as either is known. */
  List<Kernel> next() throws InterruptedException {
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
      chronicle.notRecorded(refusal);
    }
  }

  /** Forgets kernels that have gone. */
  void retain(List<Kernel> installed) throws IOException {
    stamps.retain(installed);
  }
}
