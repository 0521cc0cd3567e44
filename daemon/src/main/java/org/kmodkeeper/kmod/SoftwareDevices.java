package org.kmodkeeper.kmod;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.DevicesInUse;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Kernel;

/**
 * Which loaded out-of-tree modules serve network interfaces, disks or file systems that /sys shows
 * without a driver: a tunnel, a DRBD disk, a device mapper target.
 *
 * <p>What a module is for, the kernel's functions tell that it calls when it is unloaded; whether
 * it is in use, its reference count does, without what other modules hold of it. A network
 * interface holds none: one that is up, and of which nothing is known, may be any such module's.
 */
public final class SoftwareDevices {
  /** No module with devices of that kind can do without one of these; all are old names. */
  private static final Set<String> NETWORK =
      Set.of(
          "free_netdev", "unregister_netdev", "unregister_netdevice_queue", "rtnl_link_unregister");

  private static final Set<String> DISKS =
      Set.of(
          "del_gendisk",
          "dm_unregister_target",
          "nvme_uninit_ctrl",
          "scsi_remove_host",
          "unregister_filesystem",
          "unregister_md_personality");

  private static final String OUT_OF_TREE = "O";

  private final HostPaths paths;
  private final KernelInventory inventory;
  private final OutOfTreeModules added;
  private final ModuleReader reader;

  public SoftwareDevices(HostPaths paths, ModuleReader reader) {
    this.paths = paths;
    this.inventory = new KernelInventory(paths);
    this.added = new OutOfTreeModules(paths);
    this.reader = reader;
  }

  /**
   * By a module's canonical name what it serves.
   *
   * @throws IOException if that cannot be told
   */
  public Map<String, Set<String>> uses(DevicesInUse devices)
      throws IOException, InterruptedException {
    Map<String, Set<String>> uses = new TreeMap<>();
    for (Path module : DirectoryListing.of(paths.sys().resolve("module"))) {
      if (DevicesInUse.attribute(module.resolve("taint")).contains(OUT_OF_TREE)) {
        Set<String> served = served(module, devices.withoutDriver());
        if (!served.isEmpty()) {
          uses.put(module.getFileName().toString(), served);
        }
      }
    }
    return uses;
  }

  private Set<String> served(Path module, Set<String> interfaces)
      throws IOException, InterruptedException {
    boolean isHeld = isHeld(module);
    if (!isHeld && interfaces.isEmpty()) {
      return Set.of();
    }
    Optional<Set<String>> calls = calls(module.getFileName().toString());
    boolean hasInterfaces = calls.isEmpty() || calls.get().stream().anyMatch(NETWORK::contains);
    boolean hasDisks = calls.isEmpty() || calls.get().stream().anyMatch(DISKS::contains);
    if (isHeld && (hasInterfaces || hasDisks)) {
      return Set.of("a device without a driver in " + paths.sys());
    }
    return hasInterfaces ? interfaces : Set.of();
  }

  /** Whether more than other modules keeps it loaded; each of these holds it once. */
  private static boolean isHeld(Path module) throws IOException {
    String count = DevicesInUse.attribute(module.resolve("refcnt"));
    return count.matches("\\d{1,9}")
        && Integer.parseInt(count) > DirectoryListing.of(module.resolve("holders")).size();
  }

  /** What it calls, all its copies together; nothing if that cannot be told. */
  private Optional<Set<String>> calls(String module) throws IOException, InterruptedException {
    Optional<Kernel> running = inventory.running();
    List<Path> files =
        running.isPresent() && Files.isDirectory(paths.tree(running.get()))
            ? added.of(running.get(), module)
            : List.of();
    Set<String> calls = new HashSet<>();
    for (Path file : files) {
      try {
        reader.read(file).needs().forEach(symbol -> calls.add(symbol.name()));
      } catch (DamagedModuleException damaged) {
        return Optional.empty();
      }
    }
    return files.isEmpty() ? Optional.empty() : Optional.of(calls);
  }
}
