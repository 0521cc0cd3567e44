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

/**
 * Which kernels lack their initramfs. A kernel's package makes it (kernel-install runs dracut), and
 * lets the kernel become the default even if that fails, as on a full {@code /boot}.
 */
final class InitramfsPresence {
  private final KernelInventory inventory;
  private final Initramfs initramfs;

  InitramfsPresence(HostPaths paths) {
    this.inventory = new KernelInventory(paths);
    this.initramfs = new Initramfs(paths);
  }

  /**
   * What is there.
   *
   * @param running the kernel that runs, or null if that is not known
   * @param imageless the installed kernels without an initramfs; none if the host boots without: as
   *     its running kernel does, or all do where the running one is not installed
   */
  record Found(@Nullable Kernel running, Set<Kernel> imageless) {}

  Found look() throws IOException {
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
    return new Found(running.orElse(null), isNeeded ? missing : Set.of());
  }

  /** Says so, and what to do. */
  static String complaint(Kernel kernel) {
    return "kernel " + kernel + " has no initramfs; to create it: dracut --force --kver " + kernel;
  }
}
