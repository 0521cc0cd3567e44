package org.kmodkeeper.api;

import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.reconcile.Keeper;

/** The host without the daemon: the same look at the same disk, by the caller itself. */
public final class DiskView implements View {
  private final Keeper keeper;

  private DiskView(Keeper keeper) {
    this.keeper = keeper;
  }

  /** Reads configuration and ledger; they are the same for all that this view tells. */
  public static DiskView open(HostPaths paths, CommandRunner runner, Clock clock)
      throws IOException, ConfigurationException {
    return open(paths, runner, new Configuration(paths.configuration()).read(), clock);
  }

  /** The same with a configuration that is read already. */
  public static DiskView open(HostPaths paths, CommandRunner runner, Settings settings, Clock clock)
      throws IOException {
    var keeper = new Keeper(paths, runner, settings, clock);
    keeper.open();
    return new DiskView(keeper);
  }

  @Override
  public Source source() {
    return Source.DISK;
  }

  /** Looks once; nobody is at work, so it is never busy. */
  @Override
  public Status status() throws IOException, InterruptedException {
    Status status = Status.of(keeper.look(), false);
    return new Status(status.version(), false, status.bootable(), null, status.kernels());
  }

  /** As the ledger on disk has it. */
  @Override
  public History history(History.Request request) {
    return new History(History.of(keeper, request));
  }

  @Override
  public Explanations explain(String kernel, @Nullable String driver)
      throws IOException, InterruptedException {
    return Explanations.of(keeper, kernel, driver);
  }

  @Override
  public NextBoot nextBoot() throws IOException, InterruptedException {
    return NextBoot.of(keeper);
  }

  @Override
  public Optional<String> release() throws IOException, InterruptedException {
    return keeper.releaseGuard().map(Kernel::release);
  }

  @Override
  public void close() {
    // It holds nothing open.
  }
}
