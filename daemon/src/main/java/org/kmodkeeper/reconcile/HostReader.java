package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.evaluate.DriverEvaluator;
import org.kmodkeeper.evaluate.RebuildRequests;
import org.kmodkeeper.history.HistoryFile;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.observe.Observer;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Observes the host and says what that means; changes nothing. */
final class HostReader {
  private static final Logger log = LoggerFactory.getLogger(HostReader.class);

  /** A look that takes longer is stuck: twice the limit of a command, and more. */
  private static final Duration LOOK_TIMEOUT = Duration.ofMinutes(3);

  private final Observer observer;
  private final CircumstancesReader circumstances;
  private final DriverEvaluator evaluator;
  private final PackageTransaction transaction;
  private final Heartbeat heartbeat;
  private final ReentrantLock looking = new ReentrantLock(true);

  private HostReader(
      Observer observer,
      CircumstancesReader circumstances,
      DriverEvaluator evaluator,
      PackageTransaction transaction,
      Heartbeat heartbeat) {
    this.observer = observer;
    this.circumstances = circumstances;
    this.evaluator = evaluator;
    this.transaction = transaction;
    this.heartbeat = heartbeat;
  }

  /** One that goes by what was tried and asked for. */
  static HostReader of(
      HostPaths paths,
      CommandRunner runner,
      HistoryFile history,
      RebuildRequests requests,
      Clock clock) {
    var observer = new Observer(paths, runner, clock);
    return new HostReader(
        observer,
        new CircumstancesReader(paths, observer.requirements(), new YumLock(paths)),
        new DriverEvaluator(history, requests, Advice.on(runner.searchPath()), clock),
        new PackageTransaction(paths),
        runner.heartbeat());
  }

  /**
   * The state of all drivers on each installed kernel, newest first. One look at a time, so that
   * the second finds remembered what the first has read.
   */
  List<KernelState> look(Settings settings) throws IOException, InterruptedException {
    long began = System.nanoTime();
    while (!looking.tryLock(heartbeat.interval().toNanos(), TimeUnit.NANOSECONDS)) {
      // Stop the heartbeat if the other look exceeds its limit.
      if (System.nanoTime() - began < LOOK_TIMEOUT.toNanos()) {
        heartbeat.beat();
      }
    }
    try {
      log.debug("observing the whole host");
      Observer.Look look = observer.look(settings);
      List<List<Observation>> rows = look.observe(look.kernels(), look.policies());
      List<Observation> table = rows.stream().flatMap(List::stream).toList();
      DriverEvaluator.Circumstances host = circumstances.read(settings, table, table);
      List<List<DriverState>> evaluated = rows.stream().map(row -> evaluate(row, host)).toList();
      List<KernelState> states = new ArrayList<>();
      for (int at = 0; at < evaluated.size(); at++) {
        Kernel kernel = look.kernels().get(at);
        states.add(new KernelState(kernel, look.presence(kernel), evaluated.get(at)));
      }
      return states;
    } finally {
      looking.unlock();
    }
  }

  /** The state of all drivers on one kernel. */
  KernelState look(Kernel kernel, Settings settings) throws IOException, InterruptedException {
    log.debug("observing kernel {}", kernel);
    Observer.Look look = observer.look(settings);
    List<Policy> policies = look.policies();
    List<Observation> row = look.observe(List.of(kernel), policies).get(0);
    List<Observation> table =
        row.stream().allMatch(one -> one.driverFacts().excluded() == null)
            ? row
            : look.observe(look.kernels(), policies).stream().flatMap(List::stream).toList();
    return new KernelState(
        kernel, look.presence(kernel), evaluate(row, circumstances.read(settings, table, row)));
  }

  /**
   * Observes one driver on one kernel.
   *
   * @param known the driver's policy as it was observed last, with its need found out
   */
  Observation observe(Kernel kernel, Policy known, Settings settings)
      throws IOException, InterruptedException {
    log.debug("observing kernel {}: driver {}", kernel, known.name());
    Observer.Look look = observer.look(settings);
    Policy configured =
        look.policies().stream()
            .filter(policy -> policy.name().equals(known.name()))
            .findFirst()
            .orElse(known);
    return look.observe(kernel, configured);
  }

  /**
   * What an observation means.
   *
   * @param others how all drivers stand on all kernels, as far as known
   */
  DriverState evaluate(Observation observation, Settings settings, Stream<DriverState> others)
      throws IOException, InterruptedException {
    List<Observation> table = others.map(DriverState::observation).toList();
    return evaluator.evaluate(
        observation, circumstances.read(settings, table, List.of(observation)));
  }

  private List<DriverState> evaluate(List<Observation> row, DriverEvaluator.Circumstances host) {
    return row.stream().map(one -> evaluator.evaluate(one, host)).toList();
  }

  /** The drivers to keep ready, each after those that it depends on. */
  List<Policy> policies(Settings settings) throws IOException, InterruptedException {
    return observer.look(settings).policies();
  }

  /** The installed kernels, newest first. */
  List<Kernel> installed() throws IOException {
    return observer.installed();
  }

  /** Whether a package transaction runs: what is installed may still change. */
  boolean isInTransaction() throws IOException {
    return transaction.isRunning();
  }

  Observer observer() {
    return observer;
  }
}
