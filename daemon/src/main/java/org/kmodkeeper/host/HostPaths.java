package org.kmodkeeper.host;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.kmodkeeper.model.Kernel;

/**
 * Where things are on this host; the one place that names absolute paths.
 *
 * @param root {@code /}, or a directory that stands for it in a test
 * @param booted where what runs tells of itself: below it are /proc, /sys and what systemd has in
 *     /run. It is the root, unless that is an image's, which has not booted
 */
public record HostPaths(Path root, Path booted) {
  /** The real host. */
  public static final HostPaths SYSTEM = new HostPaths(Path.of("/"));

  /** Discards what is written to it: null(4). */
  public static final Path NOWHERE = Path.of("/dev/null");

  /** A root that has booted. */
  public HostPaths(Path root) {
    this(root, root);
  }

  /**
   * The same root as that of an image in the making: the kernel and the systemd that run are those
   * of the host that makes it, and tell nothing of it.
   */
  public HostPaths image() {
    return new HostPaths(root, root.resolve("usr/share/kmodkeeper/not-booted"));
  }

  /** Whether this root has not booted. */
  public boolean isImage() {
    return !booted.equals(root);
  }

  /** Whether the text is a path that can be opened: where the locale is C, it must be ASCII. */
  public static boolean isPath(String text) {
    try {
      Path unused = Path.of(text);
      return true;
    } catch (InvalidPathException unusable) {
      return false;
    }
  }

  /** All kernels' module trees. */
  public Path modules() {
    return root.resolve("lib/modules");
  }

  /** One kernel's module tree. */
  public Path tree(Kernel kernel) {
    return modules().resolve(kernel.release());
  }

  /** Where our modules go. */
  public Path extra(Kernel kernel) {
    return tree(kernel).resolve("extra");
  }

  /** Where drivers' sources are: {@code <name>-<version>}. */
  public Path sources() {
    return root.resolve("usr/src");
  }

  public Path boot() {
    return root.resolve("boot");
  }

  /** Boot entries, a file each: the Boot Loader Specification. */
  public Path blsEntries() {
    return boot().resolve("loader/entries");
  }

  /** The processes: proc(5). */
  public Path processes() {
    return booted.resolve("proc");
  }

  /** dkms's records and builds. */
  public Path dkmsTree() {
    return root.resolve("var/lib/dkms");
  }

  /** dkms's configuration: framework.conf and overrides for drivers. */
  public Path dkmsConfiguration() {
    return root.resolve("etc/dkms");
  }

  /** Our configuration. */
  public Path configuration() {
    return root.resolve("etc/kmodkeeper");
  }

  /** The configuration of one driver. */
  public Path driverConfiguration(String name) {
    return configuration().resolve("drivers.d").resolve(name + ".conf");
  }

  /** depmod's configuration: depmod.d(5). */
  public Path depmodConfiguration() {
    return root.resolve("etc/depmod.d");
  }

  /** Where depmod is configured, the place that wins first: depmod.d(5). */
  public List<Path> depmodDirectories() {
    return inConfiguration("depmod.d");
  }

  /** The one depmod configuration file that is ours. */
  public Path depmodOverrides() {
    return depmodConfiguration().resolve("kmodkeeper.conf");
  }

  /** History and receipts. */
  public Path state() {
    return root.resolve("var/lib/kmodkeeper");
  }

  /** Held by the one daemon; in memory, so that a full disk keeps it from nothing. */
  public Path instanceLock() {
    return run().resolve("lock");
  }

  /** Held while kernels' trees, dkms's records or drivers' sources are being changed. */
  public Path changeLock() {
    return run().resolve("change.lock");
  }

  /** Held by the one command that adopts or drops a driver. */
  public Path adoptionLock() {
    return run().resolve("adopt.lock");
  }

  /** Drivers that are being dropped: a file each, until it is done. */
  public Path dropping() {
    return state().resolve("dropping");
  }

  /** What was tried and what came of it. */
  public Path history() {
    return state().resolve("history.jsonl");
  }

  /** The script that builds are run by. */
  public Path confine() {
    return root.resolve("usr/libexec/kmodkeeper/confine");
  }

  /** The script that runs a command as a transient unit. */
  public Path transientUnit() {
    return root.resolve("usr/libexec/kmodkeeper/transient-unit");
  }

  /** Private build directories. */
  public Path builds() {
    return root.resolve("var/cache/kmodkeeper/build");
  }

  /** Private build directories of versions that are tried before they are adopted. */
  public Path rehearsals() {
    return root.resolve("var/cache/kmodkeeper/rehearsal");
  }

  /** What packages tell of drivers whose modules they have, a file for each driver. */
  public Path packagedDrivers() {
    return root.resolve("usr/share/kmodkeeper/drivers");
  }

  /** What packages tell of one driver. */
  public Path packagedDriver(String name) {
    return packagedDrivers().resolve(name + ".json");
  }

  /** The manifest of a driver's modules for a kernel that are installed by a package. */
  public Path packagedManifest(String driver, Kernel kernel) {
    return root.resolve("usr/share/kmodkeeper/modules")
        .resolve(driver)
        .resolve(kernel.release() + ".json");
  }

  /** Headers of kernels that are not installed, while a preflight uses them. */
  public Path downloads() {
    return root.resolve("var/cache/kmodkeeper/preflight");
  }

  /** A compiler and kernels' headers while the builds in that directory use them. */
  public Path toolchain(Path builds) {
    return root.resolve("var/cache/kmodkeeper/toolchain").resolve(builds.getFileName());
  }

  /** Held by the one preflight that runs. */
  public Path preflightLock() {
    return state().resolve("preflight.lock");
  }

  /** Build output, a directory for each kernel. */
  public Path logs() {
    return root.resolve("var/log/kmodkeeper");
  }

  /** Build output for one kernel. */
  public Path logs(Kernel kernel) {
    return logs().resolve(kernel.release());
  }

  /** What is there only while the daemon runs. */
  public Path run() {
    return root.resolve("run/kmodkeeper");
  }

  /** The Varlink socket. */
  public Path socket() {
    return run().resolve("org.kmodkeeper");
  }

  /** Where rpm keeps its transaction lock: EL 8 and 9, and rpm's newer place. */
  public List<Path> rpmLocks() {
    return List.of(
        root.resolve("var/lib/rpm/.rpm.lock"), root.resolve("usr/lib/sysimage/rpm/.rpm.lock"));
  }

  /** Names the process that yum 3 runs as. */
  public Path yumLock() {
    return root.resolve("run/yum.pid");
  }

  /** Is there while systemd manages this host: sd_booted(3). */
  public Path systemdRuns() {
    return booted.resolve("run/systemd/system");
  }

  /**
   * Is there where /usr is that of an image, which rpm-ostree or bootc has installed: ostree(1).
   */
  public Path ostreeBooted() {
    return booted.resolve("run/ostree-booted");
  }

  /**
   * Where node_exporter's textfile collector reads, the first that is there: by the packages of
   * Debian (its default of --collector.textfile.directory) and of Fedora and EPEL; by upstream's
   * examples/systemd/sysconfig.node_exporter.
   */
  public List<Path> textfileDirectories() {
    return List.of(
        root.resolve("var/lib/prometheus/node-exporter"),
        root.resolve("var/lib/node_exporter/textfile_collector"));
  }

  /** Where journald listens. */
  public Path journalSocket() {
    return root.resolve("run/systemd/journal/socket");
  }

  /** The locks that processes hold: proc_locks(5). */
  public Path procLocks() {
    return processes().resolve("locks");
  }

  /** What one of this process's own file descriptors leads to: proc_pid_fd(5). */
  public Path ownDescriptor(int number) {
    return processes().resolve("self/fd").resolve(Integer.toString(number));
  }

  /**
   * Whether a file descriptor leads to a terminal; by its device's name, as {@code /proc} has it.
   */
  public static boolean isTerminal(Path device) {
    return device.toString().matches("/dev/(pts/\\d+|tty\\w*|console|hvc\\d+)");
  }

  /** The release of the running kernel. */
  public Path runningRelease() {
    return processes().resolve("sys/kernel/osrelease");
  }

  /** What the running kernel tells of a module that is loaded, by its canonical name: sysfs(5). */
  public Path loadedModule(String module) {
    return sys().resolve("module").resolve(module);
  }

  /** What the running kernel tells of devices: sysfs(5). */
  public Path sys() {
    return booted.resolve("sys");
  }

  /** Which modules have served devices in use, as far as was seen. */
  public Path servingModules() {
    return state().resolve("serving.json");
  }

  /** What the running kernel was started with: proc_cmdline(5). */
  public Path kernelCommandLine() {
    return processes().resolve("cmdline");
  }

  /** The running kernel's lockdown mode; the one in brackets holds: kernel_lockdown(7). */
  public Path lockdown() {
    return sys().resolve("kernel/security/lockdown");
  }

  /** The firmware's Secure Boot variable. */
  public Path secureBoot() {
    return sys().resolve("firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  }

  /** What shim hands to the kernel in a table: Documentation/ABI/testing/sysfs-firmware-efi. */
  public Path mokVariable(String name) {
    return sys().resolve("firmware/efi/mok-variables").resolve(name);
  }

  /** One of shim's own among the firmware's variables. */
  public Path shimVariable(String name) {
    return sys()
        .resolve("firmware/efi/efivars")
        .resolve(name + "-605dab50-e046-4300-abb6-3dd810dd8b23");
  }

  /** The firmware's list of what it trusts, {@code db}, or has revoked, {@code dbx}. */
  public Path signatureDatabase(String name) {
    return sys()
        .resolve("firmware/efi/efivars")
        .resolve(name + "-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
  }

  /** The running kernel's keys, as far as the reader may view them: proc(5). */
  public Path keys() {
    return processes().resolve("keys");
  }

  /** Where modprobe is configured, the place that wins first: modprobe.d(5). */
  public List<Path> modprobeConfiguration() {
    return inConfiguration("modprobe.d");
  }

  private List<Path> inConfiguration(String name) {
    return Stream.of("etc", "run", "usr/local/lib", "lib")
        .map(place -> root.resolve(place).resolve(name))
        .toList();
  }
}
