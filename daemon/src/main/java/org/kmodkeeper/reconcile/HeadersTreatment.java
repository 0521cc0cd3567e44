package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.tools.BuildLog;
import org.kmodkeeper.tools.PackageManager;

/** Lets the package manager install the kernel's headers. */
final class HeadersTreatment implements Treatment {
  /** So long a yum may take to exit that has done its work. */
  static final Duration PATIENCE = Duration.ofSeconds(15);

  private final PackageManager packages;
  private final YumLock yum;
  private final Duration patience;
  private final Heartbeat heartbeat;

  /**
   * @param patience how long a yum that runs is waited for
   */
  HeadersTreatment(PackageManager packages, YumLock yum, Duration patience, Heartbeat heartbeat) {
    this.packages = packages;
    this.yum = yum;
    this.patience = patience;
    this.heartbeat = heartbeat;
  }

  @Override
  public Result apply(Observation observation, Planner.Demand demand, BuildLog log)
      throws IOException, InterruptedException {
    Optional<String> running = yum.await(patience, heartbeat::beat);
    if (running.isPresent()) {
      // It may be waiting for us.
      return new Result(
          Outcome.NOTHING_LANDED,
          "yum (pid " + running.get() + ") still runs; they are fetched once it has ended");
    }
    Completed ran = packages.installHeaders(observation.kernel(), log.file());
    String program = ran.command().program();
    return ran.succeeded()
        ? new Result(Outcome.NOTHING_LANDED, program + " installed no headers that a build can use")
        : new Result(
            Outcome.BUILD_FAILED,
            program + ": " + log.firstError().orElseGet(() -> ran.ending().toString()));
  }

  @Override
  public Optional<String> cured(Observation after, Verdict verdict) {
    return Optional.ofNullable(after.headers()).map(headers -> "headers at " + headers);
  }
}
