package org.kmodkeeper.host;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.kmodkeeper.model.Kernel;

/**
 * Where things are on this host; the one place that names absolute paths.
 *
 * @param root {@code /}, or a directory that stands for it in a test
 */
public record HostPaths(Path root) {
  /** The real host. */
  public static final HostPaths SYSTEM = new HostPaths(Path.of("/"));

  /** Discards what is written to it: null(4). */
  public static final Path NOWHERE = Path.of("/dev/null");

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

  /** Where kernel-devel packages put headers. */
  public Path kernelHeaders() {
    return sources().resolve("kernels");
  }

  public Path boot() {
    return root.resolve("boot");
  }

  /** There if the host was booted by UEFI. */
  public Path firmware() {
    return root.resolve("sys/firmware/efi");
  }

  /** Boot entries, a file each: the Boot Loader Specification. */
  public Path blsEntries() {
    return boot().resolve("loader/entries");
  }

  /** The hooks of kernel-install(8) that packages bring. */
  public Path kernelInstallHooks() {
    return root.resolve("usr/lib/kernel/install.d");
  }

  /** The operator's hooks of kernel-install(8), which come before those of the same name. */
  public Path kernelInstallOverrides() {
    return root.resolve("etc/kernel/install.d");
  }

  /** dkms's hook for whoever installs kernels without kernel-install(8), as EL 7 does. */
  public Path dkmsPostinstHook() {
    return root.resolve("etc/kernel/postinst.d/dkms");
  }

  /** The processes: proc(5). */
  public Path processes() {
    return root.resolve("proc");
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
    return List.of(
        depmodConfiguration(),
        root.resolve("run/depmod.d"),
        root.resolve("usr/local/lib/depmod.d"),
        root.resolve("lib/depmod.d"));
  }

  /** The one depmod configuration file that is ours. */
  public Path depmodOverrides() {
    return depmodConfiguration().resolve("kmodkeeper.conf");
  }

  /** History and receipts. */
  public Path state() {
    return root.resolve("var/lib/kmodkeeper");
  }

  /** What the guard of the boot loader's default knows from before. */
  public Path guardState() {
    return state().resolve("guard.json");
  }

  /** While a filesystem is frozen: a directory in it. */
  public Path frozen() {
    return state().resolve("frozen");
  }

  /** Our message of the day: motd(5). */
  public Path motd() {
    return root.resolve("run/motd.d/kmodkeeper");
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
  public Path ownModules() {
    return state().resolve("own-modules");
  }

  public Path unfinishedAttempt() {
    return state().resolve("attempt.json");
  }

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

  /** The FIFO in which hooks of package managers leave their calls. */
  public Path hooks() {
    return run().resolve("hooks");
  }

  /** What this process has open, as links. */
  public Path descriptors() {
    return root.resolve("proc/self/fd");
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
    return root.resolve("run/systemd/system");
  }

  /** Where journald listens. */
  public Path journalSocket() {
    return root.resolve("run/systemd/journal/socket");
  }

  /** The locks that processes hold: proc_locks(5). */
  public Path procLocks() {
    return root.resolve("proc/locks");
  }

  /** Holds {@code 1} while a kernel is loaded for kexec(8). */
  public Path kexecLoaded() {
    return root.resolve("sys/kernel/kexec_loaded");
  }

  /** What one of this process's own file descriptors leads to: proc_pid_fd(5). */
  public Path ownDescriptor(int number) {
    return root.resolve("proc/self/fd").resolve(Integer.toString(number));
  }

  /**
   * Whether a file descriptor leads to a terminal; by its device's name, as {@code /proc} has it.
   */
  public static boolean isTerminal(Path device) {
    return device.toString().matches("/dev/(pts/\\d+|tty\\w*|console|hvc\\d+)");
  }

  /** This host's name, as uname(2) tells it. */
  public Path hostName() {
    return root.resolve("proc/sys/kernel/hostname");
  }

  /** Which operating system this is: os-release(5). */
  public List<Path> osRelease() {
    return List.of(root.resolve("etc/os-release"), root.resolve("usr/lib/os-release"));
  }

  /** This process; it belongs to whom the process belongs: proc(5). */
  public Path self() {
    return root.resolve("proc/self");
  }

  /** The release of the running kernel. */
  public Path runningRelease() {
    return root.resolve("proc/sys/kernel/osrelease");
  }

  /** What the running kernel tells of a module that is loaded, by its canonical name: sysfs(5). */
  public Path loadedModule(String module) {
    return loadedModules().resolve(module);
  }

  /** All modules that are loaded, and some that are built in. */
  public Path loadedModules() {
    return root.resolve("sys/module");
  }

  /** What the running kernel tells of devices: sysfs(5). */
  public Path sys() {
    return root.resolve("sys");
  }

  /** The network interfaces. */
  public Path networkInterfaces() {
    return root.resolve("sys/class/net");
  }

  /** A block device by its numbers: {@code 8:1}. */
  public Path blockDevice(String numbers) {
    return root.resolve("sys/dev/block").resolve(numbers);
  }

  /** A block device, or a part of one, by the kernel's name for it. */
  public Path blockDeviceNamed(String name) {
    return root.resolve("sys/class/block").resolve(name);
  }

  /** Which modules have served devices in use, as far as was seen. */
  public Path servingModules() {
    return state().resolve("serving.json");
  }

  /** What the running kernel was started with: proc_cmdline(5). */
  public Path kernelCommandLine() {
    return root.resolve("proc/cmdline");
  }

  /** The running kernel's lockdown mode; the one in brackets holds: kernel_lockdown(7). */
  public Path lockdown() {
    return root.resolve("sys/kernel/security/lockdown");
  }

  /** The firmware's Secure Boot variable. */
  public Path secureBoot() {
    return root.resolve("sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  }

  /**
   * Where shim says whether it was told to validate nothing, as {@code mokutil
   * --disable-validation} has it: one byte, after four of attributes among the firmware's
   * variables.
   */
  public List<Path> shimValidation() {
    return List.of(
        root.resolve("sys/firmware/efi/efivars/MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23"),
        root.resolve("sys/firmware/efi/mok-variables/MokSBStateRT"));
  }

  /**
   * Where the machine owner's keys that are enrolled may be, as shim hands them to the kernel: in a
   * directory of their own since Linux 5.10, among the firmware's variables before.
   */
  public List<Path> enrolledKeys() {
    return List.of(
        root.resolve("sys/firmware/efi/mok-variables/MokListRT"),
        root.resolve("sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23"));
  }

  /** Where programs keep what they need for a moment only. */
  public Path temporary() {
    return root.resolve("tmp");
  }

  /** dnf's configuration, 4 and 5: dnf.conf(5). */
  public Path dnfConfiguration() {
    return root.resolve("etc/dnf/dnf.conf");
  }

  /** What switches our plugin of dnf 4 on and off. */
  public Path dnfPluginConfiguration() {
    return root.resolve("etc/dnf/plugins/kmodkeeper.conf");
  }

  /** Our actions of dnf 5: libdnf5-actions(8). */
  public Path dnf5Actions() {
    return root.resolve("etc/dnf/libdnf5-plugins/actions.d/kmodkeeper.actions");
  }

  /** What switches dnf 5's plugin on and off that runs them. */
  public Path dnf5ActionsConfiguration() {
    return root.resolve("etc/dnf/libdnf5-plugins/actions.conf");
  }

  /** yum 3's configuration: yum.conf(5). */
  public Path yumConfiguration() {
    return root.resolve("etc/yum.conf");
  }

  /** What switches our plugin of yum 3 on and off. */
  public Path yumPluginConfiguration() {
    return root.resolve("etc/yum/pluginconf.d/kmodkeeper.conf");
  }

  /** Our plugin of yum 3. */
  public Path yumPlugin() {
    return root.resolve("usr/lib/yum-plugins/kmodkeeper.py");
  }

  /** Where modprobe is configured, the place that wins first: modprobe.d(5). */
  public List<Path> modprobeConfiguration() {
    return List.of(
        root.resolve("etc/modprobe.d"),
        root.resolve("run/modprobe.d"),
        root.resolve("usr/local/lib/modprobe.d"),
        root.resolve("lib/modprobe.d"));
  }
}
