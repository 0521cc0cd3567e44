package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.util.function.Consumer;
import org.kmodkeeper.boot.Guard;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.evaluate.DriverEvaluator;
import org.kmodkeeper.evaluate.RebuildRequests;
import org.kmodkeeper.history.HistoryFile;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.kmod.ModprobeConfig;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.observe.Observer;
import org.kmodkeeper.observe.Requirements;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.store.ArtifactStore;

/** The parts that only read, put together once; what acts shares them. */
public record Reading(
    CurrentSettings settings,
    KernelInventory inventory,
    PackageTransaction transaction,
    HistoryFile history,
    RebuildRequests requests,
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
    var history = new HistoryFile(paths.history());
    history.open();
    var requests = new RebuildRequests();
    var running = new RunningRemedy(changed);
    var reader = new ModuleReader();
    var requirements = new Requirements(paths, reader);
    var observer =
        new Observer(
            paths,
            runner,
            new InstallReceipts(paths),
            inventory,
            reader,
            () -> settings.get().certificates(),
            clock);
    var host =
        new HostReader(
            observer,
            new CircumstancesReader(requirements, new YumLock(paths), new ArtifactStore(paths)),
            new DriverEvaluator(history, requests, Advice.on(runner.searchPath()), clock),
            runner.heartbeat());
    return new Reading(
        settings,
        inventory,
        new PackageTransaction(paths),
        history,
        requests,
        running,
        requirements,
        observer,
        host,
        new Explainer(observer, host, history, new ModprobeConfig(paths)),
        new Guard(paths, runner, clock));
  }
}
