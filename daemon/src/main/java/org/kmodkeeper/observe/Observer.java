package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import org.kmodkeeper.boot.BootLoaders;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
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
  private final ModuleInspector modules;
  private final Initramfs initramfs;
  private final CommandLines commandLines;
  private final FitInspector fits;
  private final KernelModulesObserver rows;
  private final Heartbeat heartbeat;

  /**
   * @param certificates the certificates whose signatures the operator says the kernels accept
   */
  public Observer(
      HostPaths paths,
      CommandRunner runner,
      InstallReceipts receipts,
      KernelInventory inventory,
      ModuleReader reader,
      Supplier<List<Path>> certificates,
      Clock clock) {
    this.inventory = inventory;
    this.heartbeat = runner.heartbeat();
    var kmod = new Kmod(paths, runner);
    var dkms = new Dkms(paths, runner);
    var confs = new DkmsConfs(paths, runner, clock);
    var symvers = new Symvers(paths);
    var signatures = new SignaturePolicy(paths);
    this.registered = new DkmsDrivers(paths, dkms, confs, receipts);
    this.host = new HostInspector(paths, runner.searchPath(), signatures, certificates);
    this.kernels = new KernelInspector(paths, inventory, reader, symvers, signatures);
    this.modules = new ModuleInspector(paths, reader, dkms, receipts, clock);
    this.drivers = new DriverInspector(paths, dkms, confs, receipts, reader, runner.heartbeat());
    this.initramfs = new Initramfs(paths, runner.heartbeat());
    this.commandLines = new CommandLines(paths, new BootLoaders(paths, runner), inventory);
    this.fits = new FitInspector(paths, reader, symvers, signatures, certificates);
    this.rows =
        new KernelModulesObserver(
            paths, kmod, kernels, modules, fits, initramfs, commandLines, clock);
  }

  /** Begins a look at the disk as it is now. */
  public HostSnapshot look() throws IOException {
    return new HostSnapshot(
        inventory.installed(), inventory.running(), registered, host, drivers, rows, heartbeat);
  }

  /** The installed kernels, newest first. */
  public List<Kernel> installed() throws IOException {
    return inventory.installed();
  }

  /** Looks at one driver for one kernel. */
  public Observation observe(Kernel kernel, Policy policy)
      throws IOException, InterruptedException {
    return look().observe(kernel, policy);
  }

  /** What all drivers share on one kernel. */
  public KernelFacts facts(Kernel kernel) throws IOException, InterruptedException {
    return kernels.inspect(host.inspect(), kernel, kernels.access(kernel));
  }

  public FitInspector fits() {
    return fits;
  }

  public CommandLines commandLines() {
    return commandLines;
  }

  ModuleInspector modules() {
    return modules;
  }

  public Initramfs initramfs() {
    return initramfs;
  }
}
