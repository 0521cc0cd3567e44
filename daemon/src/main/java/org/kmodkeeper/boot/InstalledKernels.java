package org.kmodkeeper.boot;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Heartbeat;

/**
 * The installed kernels, and which of them lack their initramfs. A kernel's package makes it
 * (kernel-install runs dracut), and lets the kernel become the default even if that fails, as on a
 * full {@code /boot}.
 *
 * @param states newest first
 * @param running the kernel that runs, or null if that is not known
 * @param imageless those without an initramfs; none if the host boots without: as its running
 *     kernel does, or all do where the running one is not installed
 */
record InstalledKernels(List<KernelState> states, @Nullable Kernel running, Set<Kernel> imageless) {
  /** Looks for each installed kernel's initramfs. */
  static InstalledKernels of(List<KernelState> states, HostPaths paths) throws IOException {
    var inventory = new KernelInventory(paths);
    var initramfs = new Initramfs(paths, Heartbeat.NONE);
    List<Kernel> installed = inventory.installed();
    Set<Kernel> missing = new HashSet<>();
    for (Kernel kernel : installed) {
      if (initramfs.image(kernel).isEmpty()) {
        missing.add(kernel);
      }
    }
    Optional<Kernel> running = inventory.running();
    boolean isNeeded =
        running
            .filter(installed::contains)
            .map(kernel -> !missing.contains(kernel))
            .orElse(missing.size() < installed.size());
    return new InstalledKernels(states, running.orElse(null), isNeeded ? missing : Set.of());
  }

  Optional<KernelState> find(@Nullable Kernel kernel) {
    return states.stream().filter(state -> state.kernel().equals(kernel)).findFirst();
  }

  boolean isBootable(@Nullable Kernel kernel) {
    return find(kernel).filter(KernelState::bootable).isPresent();
  }

  static boolean areBootable(List<KernelState> states) {
    return states.stream().allMatch(KernelState::bootable);
  }

  /**
   * Whether the kernel is bootable, or was and cannot be looked at now: what is not known is not a
   * reason to move a default.
   */
  boolean isStillBootable(Kernel kernel, GuardState remembered) {
    boolean unknown =
        find(kernel).stream()
            .flatMap(state -> state.drivers().stream())
            .allMatch(driver -> driver.bootable() || driver.finding().verdict() == Verdict.UNKNOWN);
    return isBootable(kernel)
        || (find(kernel).isPresent() && unknown && remembered.proven().contains(kernel.release()));
  }

  /** Says that a kernel has no initramfs, and what to do. */
  static String complaint(Kernel kernel) {
    return "kernel " + kernel + " has no initramfs; to create it: dracut --force --kver " + kernel;
  }
}
