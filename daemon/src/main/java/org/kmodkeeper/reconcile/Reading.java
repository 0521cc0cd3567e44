package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.util.function.Consumer;
import org.kmodkeeper.boot.Guard;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.host.Receipts;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.tools.Advice;
import org.kmodkeeper.tools.KmodSettings;
import org.kmodkeeper.tools.ModuleReader;

/** The parts that only read, put together once; what acts shares them. */
record Reading(
    CurrentSettings settings,
    KernelInventory inventory,
    PackageTransaction transaction,
    Ledger ledger,
    Demands demands,
    RunningRemedy running,
    Requirements requirements,
    Observer observer,
    HostReader host,
    Explainer explainer,
    Guard guard) {
  /**
   * Reads what earlier runs tried, too.
   *
   * @param changed given what is running at each step
   */
  static Reading open(
      HostPaths paths,
      CommandRunner runner,
      Settings initial,
      Clock clock,
      Consumer<Activity> changed)
      throws IOException {
    var settings = new CurrentSettings(initial);
    var inventory = new KernelInventory(paths);
    var ledger = new Ledger(paths.ledger());
    ledger.open();
    var demands = new Demands();
    var running = new RunningRemedy(changed);
    var reader = new ModuleReader();
    var requirements = new Requirements(paths, reader);
    var observer =
        new Observer(
            paths,
            runner,
            new Receipts(paths),
            inventory,
            reader,
            () -> settings.get().certificates(),
            clock);
    var host =
        new HostReader(
            observer,
            requirements,
            new YumLock(paths),
            new DriverEvaluator(ledger, demands, Advice.on(runner.searchPath()), clock),
            runner.heartbeat());
    return new Reading(
        settings,
        inventory,
        new PackageTransaction(paths),
        ledger,
        demands,
        running,
        requirements,
        observer,
        host,
        new Explainer(observer, host, ledger, new KmodSettings(paths)),
        new Guard(paths, runner, () -> settings.get().guard(), clock));
  }
}
