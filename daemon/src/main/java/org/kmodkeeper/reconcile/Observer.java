package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.host.FileIdentity;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.Receipts;
import org.kmodkeeper.host.Remembered;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.tools.AddedModules;
import org.kmodkeeper.tools.Dkms;
import org.kmodkeeper.tools.Initramfs;
import org.kmodkeeper.tools.Kbuild;
import org.kmodkeeper.tools.Kmod;
import org.kmodkeeper.tools.ModuleReader;
import org.kmodkeeper.tools.SignaturePolicy;
import org.kmodkeeper.tools.Symvers;

/**
 * Reads from disk all that is to be known about drivers and kernels; changes nothing.
 *
 * <p>What was read is remembered for as long as the files are the same, so a look at a host on
 * which nothing has changed is only a look at its files' identities.
 */
final class Observer {
  private static final List<String> BUILD_TOOLS = List.of("make", "gcc");

  private final HostPaths paths;
  private final SearchPath searchPath;
  private final Receipts receipts;
  private final KernelInventory inventory;
  private final Kmod kmod;
  private final Dkms dkms;
  private final DriverSources sources;
  private final DkmsConfs confs;
  private final KernelInspector kernels;
  private final ModuleInspector modules;
  private final AddedModules added;
  private final FitInspector fits;
  private final Initramfs initramfs;
  private final Remembered<Question, Map<String, Kmod.Resolved>> resolutions =
      new Remembered<>(1024);

  /** All that modprobe reads to answer. */
  private record Question(
      Kernel kernel, List<String> modules, List<Optional<FileIdentity>> files) {}

  /**
   * @param certificates the certificates whose signatures the operator says the kernels accept
   */
  Observer(
      HostPaths paths,
      CommandRunner runner,
      Receipts receipts,
      KernelInventory inventory,
      Supplier<List<Path>> certificates) {
    this.paths = paths;
    this.searchPath = runner.searchPath();
    this.receipts = receipts;
    this.inventory = inventory;
    this.kmod = new Kmod(paths, runner);
    this.dkms = new Dkms(paths, runner);
    this.sources = new DriverSources(paths);
    this.confs = new DkmsConfs(paths, inventory, new Kbuild(paths, runner));
    this.initramfs = new Initramfs(paths);
    var reader = new ModuleReader();
    var symvers = new Symvers(paths);
    var signatures = new SignaturePolicy(paths);
    this.kernels = new KernelInspector(paths, inventory, reader, symvers, signatures);
    this.added = new AddedModules(paths);
    this.modules = new ModuleInspector(paths, reader, dkms, receipts);
    this.fits = new FitInspector(paths, reader, symvers, signatures, certificates);
  }

  /** Begins a look at the disk as it is now. */
  Look look() {
    return new Look(this);
  }

  /** Looks at one driver for one kernel. */
  Observation observe(Kernel kernel, Policy policy) throws IOException, InterruptedException {
    return look().observe(kernel, List.of(policy)).get(0);
  }

  /**
   * The drivers to keep: those that the operator configured, then those that dkms would install by
   * itself, each after the drivers that it depends on.
   */
  List<Policy> policies(List<Policy> configured, List<Remedy> remedies)
      throws IOException, InterruptedException {
    return new DkmsDrivers(dkms, confs, inventory).addTo(configured, remedies);
  }

  KernelInspector kernels() {
    return kernels;
  }

  ModuleInspector modules() {
    return modules;
  }

  FitInspector fits() {
    return fits;
  }

  Path tree(Kernel kernel) {
    return paths.tree(kernel);
  }

  Initramfs initramfs() {
    return initramfs;
  }

  DriverSources sources() {
    return sources;
  }

  DkmsConfs confs() {
    return confs;
  }

  Dkms dkms() {
    return dkms;
  }

  List<String> missingTools() {
    return BUILD_TOOLS.stream().filter(tool -> searchPath.find(tool).isEmpty()).toList();
  }

  /** What modprobe would do with each of the modules. */
  Map<String, Kmod.Resolved> resolve(Kernel kernel, Collection<String> wanted)
      throws IOException, InterruptedException {
    if (wanted.isEmpty()) {
      return Map.of();
    }
    Path tree = paths.tree(kernel);
    List<Optional<FileIdentity>> files = new ArrayList<>();
    for (String index : List.of("dep.bin", "alias.bin", "builtin.bin", "softdep")) {
      files.add(FileIdentity.of(tree.resolve("modules." + index)));
    }
    for (Path directory : paths.modprobeConfiguration()) {
      if (Files.isDirectory(directory)) {
        try (Stream<Path> entries = Files.list(directory)) {
          for (Path file : (Iterable<Path>) entries.sorted()::iterator) {
            files.add(FileIdentity.of(file));
          }
        }
      }
    }
    return resolutions.get(
        new Question(kernel, List.copyOf(wanted), files), () -> kmod.resolve(kernel, wanted));
  }

  /** Whether anything on this host shows that the driver was in use. */
  boolean wasUsed(Policy policy) throws IOException {
    if (dkms.isRegistered(policy.name()) || receipts.anyOf(policy.name())) {
      return true;
    }
    List<String> names = policy.modules().isEmpty() ? List.of(policy.name()) : policy.modules();
    for (Kernel kernel : inventory.installed()) {
      for (String module : names) {
        if (!added.of(kernel, module).isEmpty()) {
          return true;
        }
      }
    }
    return false;
  }

  /** The programs and keys that builds use. */
  void digestTools(InputDigest digest) throws IOException {
    for (String tool : List.of("make", "gcc", "dkms")) {
      Optional<Path> program = searchPath.find(tool);
      if (program.isPresent()) {
        digest.addFile(program.get());
      }
    }
    digest.addFile(paths.dkmsTree().resolve("mok.pub"));
  }

  /** The driver's source, and what overrides its dkms.conf. */
  void digestSource(Driver driver, InputDigest digest) throws IOException {
    digest.addTree(driver.source());
    digest.addFile(paths.dkmsConfiguration().resolve(driver.name() + ".conf"));
  }
}
