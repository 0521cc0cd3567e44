package org.kmodkeeper.daemon;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import org.kmodkeeper.boot.Guard;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.systemd.JournalAppender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After an offline update, before its reboot: one pass, for the kernel that boots next alone.
 *
 * <p>The guard comes first. Should the time not last for the build, the next boot is into a kernel
 * that has its drivers, and the daemon builds after it.
 */
public final class OfflineMain {
  private static final Logger log = LoggerFactory.getLogger(OfflineMain.class);

  /** An updater that was stopped in the middle of its work ends at once, or hangs. */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(1);

  private OfflineMain() {}

  /** Exits with 0 if it came to its end, else with 1; the reboot goes on. */
  public static void main(String[] arguments) throws InterruptedException {
    HostPaths paths = HostPaths.SYSTEM;
    boolean done = false;
    JournalAppender.attach(paths.journalSocket(), "kmodkeeper-offline");
    try {
      run(paths, new CommandRunner(SearchPath.SYSTEM), Clock.systemUTC(), TRANSACTION_TIMEOUT);
      done = true;
    } catch (ConfigurationException bad) {
      Daemon.report(bad);
    } catch (IOException failed) {
      log.error("cannot make the next boot safe: {}", IoErrors.text(failed));
    }
    System.exit(done ? 0 : 1);
  }

  @SuppressWarnings("try")
  static void run(HostPaths paths, CommandRunner runner, Clock clock, Duration transactionTimeout)
      throws IOException, ConfigurationException, InterruptedException {
    try (LockFile lock = LockFile.take(paths.instanceLock(), Daemon.OTHER)) {
      var settings = new Configuration(paths.configuration()).read();
      var reconciler = Reconciler.open(paths, runner, settings.withoutNetwork(), clock);
      if (!new PackageTransaction(paths).awaitEnd(transactionTimeout, () -> {})) {
        log.warn("rpm is still locked; nothing is built, and the guard goes by what is installed");
        new Guard(paths, runner, clock)
            .keep(reconciler.reader().look().kernels(), settings.guard());
        return;
      }
      reconciler.recover();
      reconciler.finishNext(true);
      reconciler.pass(() -> false);
    }
  }
}
