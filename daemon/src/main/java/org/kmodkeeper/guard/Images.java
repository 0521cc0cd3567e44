package org.kmodkeeper.guard;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.tools.Initramfs;

/**
 * Which kernels lack their initramfs. A kernel's package makes it (kernel-install runs dracut), and
 * lets the kernel become the default even if that fails, as on a full {@code /boot}.
 */
final class Images {
  private final KernelInventory inventory;
  private final Initramfs initramfs;

  Images(HostPaths paths) {
    this.inventory = new KernelInventory(paths);
    this.initramfs = new Initramfs(paths);
  }

  /**
   * The installed kernels without one. None if the host boots without: as its running kernel does,
   * or all do where the running one is not installed.
   */
  Set<Kernel> missing() throws IOException {
    List<Kernel> installed = inventory.installed();
    Set<Kernel> missing = new HashSet<>();
    for (Kernel kernel : installed) {
      if (initramfs.image(kernel).isEmpty()) {
        missing.add(kernel);
      }
    }
    boolean isNeeded =
        inventory
            .running()
            .filter(installed::contains)
            .map(running -> !missing.contains(running))
            .orElse(missing.size() < installed.size());
    return isNeeded ? missing : Set.of();
  }

  /** Says so, and what to do. */
  static String complaint(Kernel kernel) {
    return "kernel " + kernel + " has no initramfs; to make it: dracut --force --kver " + kernel;
  }
}
