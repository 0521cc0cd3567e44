package org.kmodkeeper.api;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.history.PreflightFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.reconcile.StatusReader;

/** The host without the daemon: the same look at the same disk, by the caller itself. */
public final class DiskView implements View {
  private final StatusReader reader;
  private final PreflightFile preflight;

  private DiskView(StatusReader reader, PreflightFile preflight) {
    this.reader = reader;
    this.preflight = preflight;
  }

  /** Reads the history; it is the same for all that this view tells. */
  public static DiskView open(HostPaths paths, CommandRunner runner, Settings settings, Clock clock)
      throws IOException {
    return new DiskView(
        StatusReader.open(paths, runner, settings, clock), new PreflightFile(paths));
  }

  @Override
  public Provider source() {
    return Provider.DISK;
  }

  /** Looks once; nobody is running, so it is never busy. */
  @Override
  public Status status() throws IOException, InterruptedException {
    Status status = Status.of(reader.look(), false);
    return new Status(
            status.version(), false, status.bootable(), List.of(), status.kernels(), List.of())
        .and(preflight.offered());
  }

  /** As the history on disk has it. */
  @Override
  public History history(History.Request request) {
    return new History(History.of(reader, request));
  }

  @Override
  public List<Explanation> explain(String kernel, @Nullable String driver)
      throws IOException, InterruptedException {
    return Explanation.of(reader, kernel, driver);
  }

  @Override
  public NextBoot nextBoot() throws IOException, InterruptedException {
    return NextBoot.of(reader);
  }

  @Override
  public Optional<String> release() throws IOException, InterruptedException {
    return reader.releaseGuard().map(Kernel::release);
  }

  @Override
  public void close() {
    // It holds nothing open.
  }
}
