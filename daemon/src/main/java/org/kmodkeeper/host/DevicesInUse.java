package org.kmodkeeper.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
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
  private static final int DEPTH = 16;

  private final HostPaths paths;
  private final Map<String, Set<String>> users = new TreeMap<>();

  private DevicesInUse(HostPaths paths) {
    this.paths = paths;
  }

  /**
   * By a module's canonical name what it serves, each with its place below /sys.
   *
   * @throws IOException if that cannot be told
   */
  public static Map<String, Set<String>> read(HostPaths paths) throws IOException {
    var devices = new DevicesInUse(paths);
    try {
      devices.network();
      devices.mounts();
      devices.swap();
    } catch (DirectoryIteratorException | UncheckedIOException | InvalidPathException failed) {
      throw new IOException(failed.getMessage(), failed);
    }
    return devices.users;
  }

  /**
   * With PrivateNetwork=, systemd 254 and later show the service a /sys without the host's
   * interfaces; process 1 has them all.
   */
  private void network() throws IOException {
    Path interfacesOfHost = paths.processes().resolve("1/net/dev");
    for (String line :
        Files.exists(interfacesOfHost) ? lines(interfacesOfHost) : Set.<String>of()) {
      String name = line.substring(0, Math.max(0, line.indexOf(':'))).strip();
      if (!name.isEmpty() && !Files.exists(paths.networkInterfaces().resolve(name))) {
        throw new IOException(paths.networkInterfaces() + " does not show " + name);
      }
    }
    try (DirectoryStream<Path> interfaces = Files.newDirectoryStream(paths.networkInterfaces())) {
      for (Path one : interfaces) {
        follow("network interface " + one.getFileName(), one, 0);
      }
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
      follow(use, paths.blockDevice(fields[2]), 0);
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

  /** btrfs and the like have numbers of their own; the device's node tells the disk. */
  private void followNode(String use, String node) throws IOException {
    if (node.startsWith("/") && HostPaths.isPath(node)) {
      Path file = paths.root().resolve(node.substring(1));
      Path real = real(file).orElse(file);
      follow(use, paths.blockDeviceNamed(String.valueOf(real.getFileName())), 0);
    }
  }

  /** Notes the modules of a device, of those above it, and of what it is made of. */
  private void follow(String use, Path device, int depth) throws IOException {
    Optional<Path> found = depth > DEPTH ? Optional.empty() : real(device);
    if (found.isEmpty()) {
      return;
    }
    Path real = found.get();
    Path top = paths.sys().toRealPath();
    for (@Nullable Path at = real; at != null && at.startsWith(top); at = at.getParent()) {
      module(use, at);
      module(use, at.resolve("device"));
      for (Path part : parts(at)) {
        Optional<Path> disk = real(part);
        if (disk.isPresent() && !real.startsWith(disk.get())) {
          follow(use, disk.get(), depth + 1);
        }
      }
    }
  }

  private void module(String use, Path device) throws IOException {
    real(device.resolve("driver/module"))
        .ifPresent(module -> add(String.valueOf(module.getFileName()), use));
  }

  /** Where it is; nothing if it is not there, or no longer. */
  private static Optional<Path> real(Path file) throws IOException {
    try {
      return Optional.of(file.toRealPath());
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    }
  }

  private void add(String module, String use) {
    users.computeIfAbsent(module.replace('-', '_'), none -> new TreeSet<>()).add(use);
  }

  /** The disks below a dm or md device, the controllers of a multipath NVMe disk. */
  private static Set<Path> parts(Path device) throws IOException {
    Set<Path> parts = new TreeSet<>();
    boolean isSubsystem = String.valueOf(device.getFileName()).startsWith("nvme-subsys");
    for (Path directory : isSubsystem ? Set.of(device) : Set.of(device.resolve("slaves"))) {
      try (Stream<Path> entries = Files.list(directory)) {
        entries
            .filter(Files::isSymbolicLink)
            .filter(entry -> !isSubsystem || name(entry).matches("nvme\\d+"))
            .filter(entry -> Files.isDirectory(entry))
            .forEach(parts::add);
      } catch (NoSuchFileException none) {
        // Made of nothing else.
      }
    }
    return parts;
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }
}
