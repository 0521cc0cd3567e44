package org.kmodkeeper.api;

import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.reconcile.Keeper;

/** The status without the daemon: the same look at the same disk, by the caller itself. */
public final class DiskStatus {
  private final HostPaths paths;
  private final CommandRunner runner;
  private final Clock clock;

  public DiskStatus(HostPaths paths, CommandRunner runner, Clock clock) {
    this.paths = paths;
    this.runner = runner;
    this.clock = clock;
  }

  /** Looks once; nobody is at work, so it is never busy. */
  public Status read() throws IOException, InterruptedException, ConfigurationException {
    Keeper keeper = open();
    Status status = Status.of(keeper.look(), false);
    return new Status(status.version(), false, status.bootable(), null, status.kernels());
  }

  /** What boots next. */
  public NextBoot nextBoot() throws IOException, InterruptedException, ConfigurationException {
    return NextBoot.of(open());
  }

  /** Ends a hold of the default; returns the kernel that boots next now, empty without a hold. */
  public Optional<String> release()
      throws IOException, InterruptedException, ConfigurationException {
    return open().releaseGuard().map(Kernel::release);
  }

  /** What happened, oldest first, as the ledger on disk has it. */
  public History history(History.Request request) throws IOException, ConfigurationException {
    return new History(History.of(open(), request));
  }

  private Keeper open() throws IOException, ConfigurationException {
    var keeper = new Keeper(paths, runner, new Configuration(paths.configuration()).read(), clock);
    keeper.open();
    return keeper;
  }
}
