package org.kmodkeeper.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.systemd.JournalAppender;
import org.kmodkeeper.systemd.MessageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Before the network comes up: makes the running kernel's missing drivers ready and loads them.
 *
 * <p>{@code kmodkeeper-boot} starts it only if it cannot rule out that something is lacking.
 */
public final class BootMain {
  private static final Logger log = LoggerFactory.getLogger(BootMain.class);

  private final Reconciler reconciler;
  private final Kmod kmod;

  private BootMain(HostPaths paths, CommandRunner runner, Clock clock)
      throws IOException, ConfigurationException {
    var settings = new Configuration(paths.configuration()).read();
    this.reconciler = Reconciler.open(paths, runner, settings.withoutNetwork(), clock);
    this.kmod = new Kmod(paths, runner);
  }

  /** Exits with 0 if the running kernel has all that it needs, else with 1; the boot continues. */
  @SuppressWarnings("try")
  public static void main(String[] arguments) throws InterruptedException {
    HostPaths paths = HostPaths.SYSTEM;
    boolean complete = false;
    JournalAppender.attach(paths.journalSocket(), "kmodkeeper-boot");
    try (LockFile lock = LockFile.take(paths.instanceLock(), Daemon.OTHER)) {
      var boot = new BootMain(paths, new CommandRunner(SearchPath.SYSTEM), Clock.systemUTC());
      var inventory = new KernelInventory(paths);
      Optional<Kernel> running =
          inventory.running().filter(release -> isInstalled(inventory, release));
      complete = running.isEmpty() || boot.complete(running.get());
    } catch (ConfigurationException bad) {
      Daemon.report(bad);
    } catch (IOException failed) {
      log.error("cannot check the running kernel's drivers: {}", IoErrors.text(failed));
    }
    System.exit(complete ? 0 : 1);
  }

  private static boolean isInstalled(KernelInventory inventory, Kernel kernel) {
    try {
      return inventory.installed().contains(kernel);
    } catch (IOException unreadable) {
      return false;
    }
  }

  private boolean complete(Kernel kernel) throws IOException, InterruptedException {
    reconciler.recover();
    List<String> lacking =
        reconciler.reader().look(kernel).drivers().stream()
            .filter(state -> state.finding().verdict() != Verdict.READY)
            .map(BootMain::driver)
            .toList();
    boolean complete = true;
    for (DriverState state : reconciler.passRequired(kernel).drivers()) {
      if (!state.bootable()) {
        tell(kernel, state, "is not ready: " + state.finding().detail());
        complete = false;
      } else if (lacking.contains(driver(state)) && state.finding().verdict() == Verdict.READY) {
        complete &= load(kernel, state);
      }
    }
    return complete;
  }

  private boolean load(Kernel kernel, DriverState state) throws IOException, InterruptedException {
    for (Observation.Module module : state.observation().modules()) {
      Path file = Objects.requireNonNull(module.resolved()).path();
      Completed loaded = kmod.load(kernel, module.name());
      boolean ours = loaded.succeeded() && kmod.isLoaded(module.name(), file);
      if (loaded.succeeded() && !ours) {
        // Usually the kernel's own, which came first; before the network is up, nothing uses it.
        kmod.unload(module.name());
        loaded = kmod.load(kernel, module.name());
        ours = loaded.succeeded() && kmod.isLoaded(module.name(), file);
      }
      if (!ours) {
        tell(
            kernel,
            state,
            loaded.succeeded()
                ? "is ready, but another " + module.name() + " is loaded and in use"
                : "cannot be loaded: " + loaded.complaint());
        return false;
      }
    }
    fields(MessageId.BOOT_LOADED.in(log.atInfo()), kernel, state)
        .log("kernel {}: driver {}: made ready and loaded", kernel, driver(state));
    return true;
  }

  private static void tell(Kernel kernel, DriverState state, String what) {
    fields(MessageId.BOOT_FAILED.in(log.atError()), kernel, state)
        .log("kernel {}: driver {}: {}; the boot continues", kernel, driver(state), what);
  }

  private static LoggingEventBuilder fields(
      LoggingEventBuilder line, Kernel kernel, DriverState state) {
    return line.addKeyValue("KERNEL_RELEASE", kernel)
        .addKeyValue("DRIVER", driver(state))
        .addKeyValue("VERDICT", state.finding().verdict());
  }

  private static String driver(DriverState state) {
    return state.observation().policy().name();
  }
}
