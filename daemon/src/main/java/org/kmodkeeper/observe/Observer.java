package org.kmodkeeper.observe;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.BootLoaders;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState.Presence;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.process.ParallelTasks;
import org.kmodkeeper.signing.SignaturePolicy;

/**
 * Reads from disk all that is to be known about drivers and kernels; changes nothing.
 *
 * <p>What was read is remembered for as long as the files are the same, so a look at a host on
 * which nothing has changed is only a look at its files' identities.
 */
public final class Observer {
  private final KernelInventory inventory;
  private final DkmsDrivers registered;
  private final HostInspector host;
  private final DriverInspector drivers;
  private final KernelInspector kernels;
  private final ModuleResolver resolver;
  private final FitInspector fits;
  private final KernelModulesObserver onKernel;
  private final CommandLines commandLines;
  private final Initramfs initramfs;
  private final Requirements requirements;
  private final InstallReceipts receipts;
  private final Heartbeat heartbeat;

  public Observer(HostPaths paths, CommandRunner runner, Clock clock) {
    this.heartbeat = runner.heartbeat();
    this.inventory = new KernelInventory(paths);
    var reader = new ModuleReader();
    var dkms = new Dkms(paths, runner);
    var confs = new DkmsConfs(paths, runner, clock);
    var symvers = new Symvers(paths);
    var signatures = new SignaturePolicy(paths);
    this.registered = new DkmsDrivers(paths, dkms, confs, heartbeat);
    this.host = new HostInspector(paths, runner.searchPath(), signatures);
    this.drivers = new DriverInspector(paths, dkms, confs, reader);
    this.kernels = new KernelInspector(paths, inventory, reader, symvers, signatures);
    this.resolver = new ModuleResolver(paths, runner, clock);
    this.initramfs = new Initramfs(paths, heartbeat);
    var modules =
        new ModuleInspector(paths, reader, new ModuleProvenance(paths, dkms, clock), initramfs);
    this.fits = new FitInspector(paths, reader, signatures, clock);
    this.onKernel = new KernelModulesObserver(kernels, resolver, modules, fits, initramfs);
    this.commandLines = new CommandLines(paths, new BootLoaders(paths, runner), inventory);
    this.receipts = new InstallReceipts(paths);
    this.requirements = new Requirements(paths, reader);
  }

  /** The installed kernels, newest first. */
  public List<Kernel> installed() throws IOException {
    return inventory.installed();
  }

  /** Begins a look at the disk as it is now. */
  public Look look(Settings settings) throws IOException {
    return new Look(settings, inventory.installed(), inventory.running().orElse(null));
  }

  /** One look at the disk; what several drivers or kernels share is read once. */
  public final class Look {
    private final Settings settings;
    private final List<Kernel> installed;
    private final @Nullable Kernel running;

    private Look(Settings settings, List<Kernel> installed, @Nullable Kernel running) {
      this.settings = settings;
      this.installed = installed;
      this.running = running;
    }

    /** The installed kernels, newest first. */
    public List<Kernel> kernels() {
      return installed;
    }

    public Presence presence(Kernel kernel) {
      return kernel.equals(running) ? Presence.RUNNING : Presence.INSTALLED;
    }

    /**
     * The drivers to keep: those that the operator configured, then those that dkms would install
     * by itself, each after the drivers that it depends on, then those that packages tell of.
     */
    public List<Policy> policies() throws IOException, InterruptedException {
      List<Policy> policies =
          new ArrayList<>(registered.addTo(installed, settings.policies(), settings.remedies()));
      for (String name : drivers.packaged()) {
        if (policies.stream().noneMatch(policy -> policy.name().equals(name))) {
          policies.add(Policy.found(name, Policy.Origin.PACKAGE, settings.remedies()));
        }
      }
      return policies;
    }

    /** Observes all drivers on these kernels; a row for each kernel, in the same order. */
    public List<List<Observation>> observe(List<Kernel> wanted, List<Policy> policies)
        throws IOException, InterruptedException {
      // A dkms.conf is asked for all kernels at once, and for one that is going away as well.
      List<Kernel> all = new ArrayList<>(installed);
      wanted.stream().filter(kernel -> !all.contains(kernel)).forEach(all::add);
      var shared =
          new KernelModulesObserver.Shared(
              host.inspect(settings),
              ParallelTasks.each(policies, policy -> drivers.inspect(all, policy), heartbeat::beat),
              commandLines.look());
      return ParallelTasks.each(
          wanted, kernel -> onKernel.observe(kernel, shared), heartbeat::beat);
    }

    /** Observes one driver on one kernel. */
    public Observation observe(Kernel kernel, Policy policy)
        throws IOException, InterruptedException {
      return observe(List.of(kernel), List.of(policy)).get(0).get(0);
    }
  }

  /** By module, the lines of modprobe.d, depmod.d and command lines that bear on it. */
  public Map<String, List<String>> settingsOn(Observation observation)
      throws IOException, InterruptedException {
    Map<String, List<String>> lines = new HashMap<>();
    CommandLines.Blacklists blacklists = commandLines.look().of(observation.kernel());
    for (Observation.Module module : observation.modules()) {
      List<String> all = new ArrayList<>(resolver.settings(observation.kernel(), module.name()));
      all.addAll(blacklists.naming(module.name()));
      lines.put(module.name(), all);
    }
    return lines;
  }

  /** Where the modules come from, if the store gave them and they are still what it gave. */
  public Optional<String> storedOrigin(Observation observation) throws IOException {
    Kernel kernel = observation.kernel();
    Optional<InstallReceipts.Receipt> receipt = receipts.read(kernel, observation.policy().name());
    for (Observation.Module module : observation.modules()) {
      @Nullable ModuleFile file = module.resolved();
      if (receipt.isEmpty() || file == null || !receipts.isOf(receipt.get(), file.path(), kernel)) {
        return Optional.empty();
      }
    }
    return receipt.map(InstallReceipts.Receipt::origin);
  }

  public FitInspector fits() {
    return fits;
  }

  public Initramfs initramfs() {
    return initramfs;
  }

  public Requirements requirements() {
    return requirements;
  }
}
