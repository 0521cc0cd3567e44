package org.kmodkeeper.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.kmodkeeper.api.Service;
import org.kmodkeeper.api.Version;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.host.TreeWatch;
import org.kmodkeeper.metrics.MetricsFile;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.reconcile.ReconcileLoop;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.systemd.MessageId;
import org.kmodkeeper.varlink.Limits;
import org.kmodkeeper.varlink.VarlinkServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole daemon below one root: its parts, put together. */
public final class Daemon implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Daemon.class);

  /** What to do about another daemon: two would build into each other's directories. */
  static final String OTHER = "stop the running kmodkeeperd first";

  private final Configuration configuration;
  private final Reconciler reconciler;
  private final ReconcileLoop loop;
  private final MetricsFile metrics;
  private final TreeWatch watch;
  private final VarlinkServer server;
  private final LockFile lock;

  private Daemon(
      HostPaths paths,
      CommandRunner runner,
      Clock clock,
      OptionalInt listener,
      Consumer<String> doing)
      throws IOException, ConfigurationException {
    this.lock = LockFile.take(paths.instanceLock(), OTHER);
    this.configuration = new Configuration(paths.configuration());
    this.reconciler = Reconciler.open(paths, runner, configuration.read(), clock);
    reconciler.publisher().listen(state -> doing.accept(state.summary()));
    this.metrics = new MetricsFile(reconciler.publisher(), paths, Version.TEXT, clock);
    this.loop =
        new ReconcileLoop(reconciler, new PackageTransaction(paths), clock, runner.heartbeat());
    this.watch = new TreeWatch(paths, loop::lookAgainWhenQuiet);
    var service = new Service(reconciler, loop, this::readConfiguration);
    Files.createDirectories(paths.run());
    this.server =
        VarlinkServer.open(
            listener, paths.socket(), Limits.STANDARD, Service.INFO, List.of(service.describe()));
    server.trust(service::isPrivileged);
    listenToHooks(paths.run().resolve("hooks"));
  }

  /** Without it, package managers' plugins and the watch of the trees still report changes. */
  private void listenToHooks(Path hooks) {
    if (Files.exists(hooks)) {
      try {
        server.listenOnFifo(hooks);
      } catch (IOException refused) {
        log.error("cannot listen to hooks, ignoring: {}", refused.toString());
      }
    }
  }

  /**
   * Starts the daemon; when this returns, it listens.
   *
   * @param listener a listening socket to serve, or nothing to make one
   * @param doing takes what the daemon is doing, in one line
   * @throws IOException if another one runs, or the socket cannot be made
   * @throws ConfigurationException if the configuration cannot be used
   */
  public static Daemon start(
      HostPaths paths,
      CommandRunner runner,
      Clock clock,
      OptionalInt listener,
      Consumer<String> doing)
      throws IOException, ConfigurationException {
    var daemon = new Daemon(paths, runner, clock, listener, doing);
    daemon.server.start();
    return daemon;
  }

  /** Starts the work; after readiness was reported, because it keeps every processor busy. */
  public void work() {
    metrics.start();
    loop.start();
    watch.start();
    warn();
  }

  /** Beside all else: name services may be slow, or not there yet. */
  private void warn() {
    var thread =
        new Thread(
            () -> configuration.warnings().forEach(warning -> log.warn("{}", warning)),
            "configuration-warnings");
    thread.setDaemon(true);
    thread.start();
  }

  /** Reloads the configuration; an invalid one is reported and the last good one stays. */
  public void reload() {
    try {
      readConfiguration();
    } catch (ConfigurationException refused) {
      log.error("invalid configuration; the last good one stays in force");
    }
  }

  private void readConfiguration() throws ConfigurationException {
    try {
      reconciler.reconfigure(configuration.read());
    } catch (ConfigurationException bad) {
      report(bad);
      throw bad;
    }
    MessageId.CONFIGURATION_READ.in(log.atInfo()).log("configuration reloaded");
    loop.lookAgain();
    warn();
  }

  /** Logs each problem. */
  static void report(ConfigurationException bad) {
    for (String problem : bad.problems()) {
      MessageId.CONFIGURATION_REFUSED.in(log.atError()).log("{}", problem);
    }
  }

  /** The host is shutting down: work on the kernel that boots next is finished first. */
  public void finish() throws InterruptedException {
    try {
      loop.finish(
          kernel ->
              MessageId.SHUTDOWN_WAITS
                  .in(log.atWarn())
                  .addKeyValue("KERNEL_RELEASE", kernel)
                  .log("kernel {}: the shutdown waits for its drivers", kernel));
    } catch (IOException unreadable) {
      log.error("cannot determine which kernel boots next, ignoring: {}", unreadable.toString());
    }
  }

  /** Stops everything: first new callers, then the watch, then the running build, then metrics. */
  @Override
  public void close() throws IOException {
    server.close();
    watch.close();
    loop.stop();
    metrics.close();
    lock.close();
  }
}
