package org.kmodkeeper.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which modules serve the network interfaces of this host, and the disks that file systems and swap
 * are on: sysfs(5), proc_pid_mountinfo(5).
 *
 * <p>What is stacked, as device mapper, md or a partition, leads to the disks below it; a disk to
 * the controllers above it. A file system counts as well, where a module of its name is loaded.
 */
public final class DevicesInUse {
  /** More layers than anyone stacks. */
  private static final int MAX_DEPTH = 16;

  /** Types of interfaces that are not named after the kernel's own modules that make them. */
  private static final Set<String> KERNELS_OWN =
      Set.of("bond", "bridge", "vlan", "vxlan", "geneve", "ppp", "macsec");

  private final HostPaths paths;
  private final Path sys;
  private final Path interfaces;
  private final Map<String, Set<String>> modules = new TreeMap<>();
  private final Map<Path, Set<String>> modulesByDevice = new HashMap<>();
  private final Set<String> withoutDriver = new TreeSet<>();

  private DevicesInUse(HostPaths paths) throws IOException {
    this.paths = paths;
    sys = paths.sys().toRealPath();
    interfaces = paths.sys().resolve("class/net");
  }

  /**
   * Looks at all of them.
   *
   * @throws IOException if that cannot be told
   */
  public static DevicesInUse read(HostPaths paths) throws IOException {
    var devices = new DevicesInUse(paths);
    try {
      devices.network();
      devices.mounts();
      devices.swap();
    } catch (DirectoryIteratorException | UncheckedIOException | InvalidPathException failed) {
      throw new IOException(failed.getMessage(), failed);
    }
    return devices;
  }

  /** By a module's canonical name what it serves. */
  public Map<String, Set<String>> modules() {
    return modules;
  }

  /** The network interfaces that are up, and of which nothing tells what module made them. */
  public Set<String> withoutDriver() {
    return withoutDriver;
  }

  /**
   * With PrivateNetwork=, systemd 254 and later show the service a /sys without the host's
   * interfaces; process 1 has them all.
   */
  private void network() throws IOException {
    Set<String> hidden = hidden();
    if (!hidden.isEmpty()) {
      // One may have come or gone between the two looks.
      hidden.retainAll(hidden());
    }
    if (!hidden.isEmpty()) {
      throw new IOException(interfaces + " does not show " + String.join(", ", hidden));
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(interfaces)) {
      for (Path one : all) {
        String use = "network interface " + one.getFileName();
        follow(use, one);
        if (!Files.exists(one.resolve("device"))) {
          virtual(use, one);
        }
      }
    }
  }

  private Set<String> hidden() throws IOException {
    Set<String> hidden = new TreeSet<>();
    Path interfacesOfHost = paths.processes().resolve("1/net/dev");
    for (String line :
        Files.exists(interfacesOfHost) ? lines(interfacesOfHost) : Set.<String>of()) {
      String name = line.substring(0, Math.max(0, line.indexOf(':'))).strip();
      if (!name.isEmpty() && !Files.exists(interfaces.resolve(name))) {
        hidden.add(name);
      }
    }
    return hidden;
  }

  /** An interface of software alone: its type, where it says one, is named after the module. */
  private void virtual(String use, Path one) throws IOException {
    String type =
        attribute(one.resolve("uevent"))
            .lines()
            .filter(line -> line.startsWith("DEVTYPE="))
            .map(line -> line.substring("DEVTYPE=".length()))
            .findFirst()
            .orElse("");
    String module = type.replace('-', '_');
    if (!type.isEmpty() && HostPaths.isPath(type) && Files.exists(paths.loadedModule(module))) {
      add(module, use);
    } else if (!KERNELS_OWN.contains(type) && isUp(one) && !isKnownByItsForm(one)) {
      withoutDriver.add(use);
    }
  }

  /** IFF_UP of linux/if.h. */
  private static boolean isUp(Path one) throws IOException {
    String flags = attribute(one.resolve("flags"));
    return flags.matches("0x[0-9a-f]{1,8}") && (Long.decode(flags) & 1) != 0;
  }

  /** The loopback (ARPHRD_LOOPBACK), tun and tap, and one end of a veth pair are the kernel's. */
  private static boolean isKnownByItsForm(Path one) throws IOException {
    return attribute(one.resolve("type")).equals("772")
        || Files.exists(one.resolve("tun_flags"))
        || (!attribute(one.resolve("iflink")).equals(attribute(one.resolve("ifindex")))
            && !isStacked(one));
  }

  private static boolean isStacked(Path one) throws IOException {
    return DirectoryListing.names(one).stream().anyMatch(name -> name.startsWith("lower_"));
  }

  /** What /sys tells of a device or module; empty if there is no such file, or no longer. */
  public static String attribute(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    } catch (IOException failed) {
      if (Files.exists(file)) {
        throw failed;
      }
      return "";
    }
  }

  private void mounts() throws IOException {
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    for (String line : lines(paths.processes().resolve("self/mountinfo"))) {
      String[] fields = line.split(" ", -1);
      int end = Arrays.asList(fields).indexOf("-");
      if (end < 6 || fields.length < end + 3) {
        throw new IOException("mountinfo has an unknown form: " + line);
      }
      String use = "file system " + fields[4];
      follow(use, paths.sys().resolve("dev/block").resolve(fields[2]));
      followNode(use, fields[end + 2]);
      if (HostPaths.isPath(fields[end + 1]) && Files.exists(paths.loadedModule(fields[end + 1]))) {
        add(fields[end + 1], use);
      }
    }
  }

  private void swap() throws IOException {
    for (String line : lines(paths.processes().resolve("swaps"))) {
      if (line.startsWith("/")) {
        followNode("swap space", line.split("\\s+", 2)[0]);
      }
    }
  }

  private static Iterable<String> lines(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
  }

  /** btrfs and others have their own numbers; the device's node identifies the disk. */
  private void followNode(String use, String node) throws IOException {
    if (node.startsWith("/") && HostPaths.isPath(node)) {
      Path file = paths.root().resolve(node.substring(1));
      Path real = real(file).orElse(file);
      follow(use, paths.sys().resolve("class/block").resolve(String.valueOf(real.getFileName())));
    }
  }

  /** Notes the modules of a device; a dozen file systems may be on one disk. */
  private void follow(String use, Path device) throws IOException {
    @Nullable Set<String> known = modulesByDevice.get(device);
    if (known == null) {
      known = new TreeSet<>();
      collect(known, device, 0);
      modulesByDevice.put(device, known);
    }
    known.forEach(module -> add(module, use));
  }

  /** Collects the modules of a device, of those above it, and of what it is made of. */
  private void collect(Set<String> modules, Path device, int depth) throws IOException {
    Optional<Path> found = depth > MAX_DEPTH ? Optional.empty() : real(device);
    if (found.isEmpty()) {
      return;
    }
    Path real = found.get();
    for (@Nullable Path at = real; at != null && at.startsWith(sys); at = at.getParent()) {
      for (Path one : List.of(at, at.resolve("device"))) {
        real(one.resolve("driver/module")).ifPresent(module -> modules.add(name(module)));
      }
      for (Path part : parts(at)) {
        Optional<Path> disk = real(part);
        if (disk.isPresent() && !real.startsWith(disk.get())) {
          collect(modules, disk.get(), depth + 1);
        }
      }
    }
  }

  /** Where it is; nothing if it is not there, or no longer. */
  private static Optional<Path> real(Path file) throws IOException {
    try {
      return Optional.of(file.toRealPath());
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    } catch (FileSystemException refused) {
      if (Files.exists(file)) {
        throw refused;
      }
      // Below a file that is no directory: PCI's "device" is a number.
      return Optional.empty();
    }
  }

  private void add(String module, String use) {
    modules.computeIfAbsent(module.replace('-', '_'), none -> new TreeSet<>()).add(use);
  }

  /** The disks below a dm or md device, the controllers of a multipath NVMe disk. */
  private static List<Path> parts(Path device) throws IOException {
    boolean isSubsystem = name(device).startsWith("nvme-subsys");
    return DirectoryListing.of(isSubsystem ? device : device.resolve("slaves")).stream()
        .filter(Files::isSymbolicLink)
        .filter(entry -> !isSubsystem || name(entry).matches("nvme\\d+"))
        .filter(Files::isDirectory)
        .toList();
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }
}
