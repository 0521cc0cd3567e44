package org.kmodkeeper.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import jnr.constants.platform.Signal;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Version;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.systemd.JournalAppender;
import org.kmodkeeper.systemd.MessageId;
import org.kmodkeeper.systemd.ServiceEnvironment;
import org.kmodkeeper.systemd.ServiceNotification;
import org.kmodkeeper.systemd.SystemState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code kmodkeeperd}: names the real host, clock and environment, and maps ends to statuses. */
public final class DaemonMain {
  /** EX_CONFIG of sysexits.h; systemd shows its name. */
  private static final int EXIT_CONFIGURATION = 78;

  private static final int EXIT_FAILURE = 1;

  private DaemonMain() {}

  public static void main(String[] arguments) throws InterruptedException {
    endWithAnyThread();
    var environment =
        ServiceEnvironment.of(System.getenv(), ProcessHandle.current().pid(), DaemonMain::isSocket);
    var manager = new ServiceNotification(environment.notifySocket());
    manager.prepare();
    // Not static: the log's own set-up runs beside the above.
    Logger log = LoggerFactory.getLogger(DaemonMain.class);
    if (environment.notifySocket() != null) {
      JournalAppender.attach(HostPaths.SYSTEM.journalSocket(), "kmodkeeperd");
    }
    @Nullable Duration watchdog = environment.watchdog();
    Heartbeat heartbeat =
        watchdog == null ? Heartbeat.NONE : new Heartbeat(watchdog.dividedBy(4), manager::alive);
    var runner = new CommandRunner(SearchPath.SYSTEM, heartbeat);
    var stop = new CountDownLatch(1);
    try (Daemon daemon =
        Daemon.start(
            HostPaths.SYSTEM, runner, Clock.systemUTC(), environment.listener(), manager::status)) {
      // The variant in Java: signals are all that is needed, and it loads no library.
      POSIX posix = POSIXFactory.getJavaPOSIX();
      posix.signal(Signal.SIGTERM, number -> stop.countDown());
      posix.signal(Signal.SIGINT, number -> stop.countDown());
      posix.signal(Signal.SIGHUP, number -> reload(daemon, manager));
      manager.ready();
      MessageId.STARTED.in(log.atInfo()).log("kmodkeeperd {} listens", Version.TEXT);
      daemon.work();
      stop.await();
      manager.stopping();
      if (SystemState.isStopping(runner)) {
        daemon.finish();
      }
      MessageId.STOPPED.in(log.atInfo()).log("kmodkeeperd stops");
    } catch (ConfigurationException bad) {
      Daemon.report(bad);
      System.exit(EXIT_CONFIGURATION);
    } catch (IOException failed) {
      log.error("kmodkeeperd cannot continue: {}", IoErrors.text(failed));
      System.exit(EXIT_FAILURE);
    }
    System.exit(0);
  }

  /**
   * A daemon that has lost a thread, as by lack of memory, lives and is deaf; systemd starts
   * another.
   */
  static void endWithAnyThread() {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, problem) -> {
          try {
            LoggerFactory.getLogger(DaemonMain.class)
                .error("kmodkeeperd exits and is restarted: {}", thread.getName(), problem);
          } finally {
            Runtime.getRuntime().halt(EXIT_FAILURE);
          }
        });
  }

  private static boolean isSocket(int descriptor) {
    Path link = HostPaths.SYSTEM.ownDescriptor(descriptor);
    try {
      // proc_pid_fd(5): socket:[inode] for a socket, a path for a FIFO that has one
      return Files.readSymbolicLink(link).toString().startsWith("socket:");
    } catch (IOException none) {
      return false;
    }
  }

  private static void reload(Daemon daemon, ServiceNotification manager) {
    manager.reloading();
    daemon.reload();
    manager.ready();
  }
}
