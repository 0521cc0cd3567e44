package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.history.EventLog;
import org.kmodkeeper.history.PreflightFile;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.remedy.ArtifactCollector;
import org.kmodkeeper.remedy.InitramfsRenewal;
import org.kmodkeeper.remedy.OriginalModules;
import org.kmodkeeper.remedy.RemovedKernelCleaner;

/** Puts module trees in order before drivers are looked at. */
final class TreeCleaner {
  private final RemovedKernelCleaner removed;
  private final OriginalModules originals;
  private final InitramfsRenewal initramfs;
  private final ArtifactCollector artifacts;
  private final PreflightFile preflight;

  TreeCleaner(
      RemovedKernelCleaner removed,
      OriginalModules originals,
      InitramfsRenewal initramfs,
      ArtifactCollector artifacts,
      PreflightFile preflight) {
    this.removed = removed;
    this.originals = originals;
    this.initramfs = initramfs;
    this.artifacts = artifacts;
    this.preflight = preflight;
  }

  /** Cleans up after a crash; once, before the first pass. */
  void recover() throws IOException, InterruptedException {
    removed.recover();
    initramfs.recover();
  }

  /** Whether the cell's modules are what we installed. */
  boolean isOurs(DriverState cell) throws IOException {
    return artifacts.isOurs(cell);
  }

  /** Stores what is ready for other kernels; that it cannot be is logged, and ignored. */
  void store(DriverState cell) throws InterruptedException {
    try {
      artifacts.collect(cell);
    } catch (IOException failed) {
      EventLog.notStored(DriverOnKernel.of(cell), failed);
    }
  }

  /**
   * Removes what is ours of kernels that are no longer installed, and what the store cannot hold.
   */
  void removeLeftovers(Collection<Kernel> installed) throws IOException, InterruptedException {
    Set<Kernel> wanted = new HashSet<>(installed);
    try {
      wanted.addAll(preflight.kernels());
    } catch (IOException unreadable) {
      EventLog.leftoversKept(unreadable);
      return;
    }
    removed.clean(wanted);
    try {
      artifacts.trim(wanted);
    } catch (IOException failed) {
      EventLog.notTrimmed(failed);
    }
  }

  /**
   * Puts the kernels' own modules back that dkms has moved away and no driver replaces any more.
   *
   * @return whether anything may have changed
   */
  boolean restoreOriginals(HostState state) throws InterruptedException {
    Set<String> replaced = new HashSet<>();
    state
        .cells()
        .forEach(
            cell -> {
              @Nullable Driver driver = cell.observation().driver();
              Policy policy = cell.observation().policy();
              replaced.add(policy.name());
              replaced.addAll(driver == null ? policy.modules() : driver.modules());
            });
    return originals.restore(state.kernels().stream().map(KernelState::kernel).toList(), replaced);
  }
}
