package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.kmodkeeper.host.FileIdentity;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.tools.BuildLog;
import org.kmodkeeper.tools.Dkms;
import org.kmodkeeper.tools.DkmsOutput;

/** Lets dkms do its own work. */
final class DkmsTreatment implements Treatment {
  private final Dkms dkms;
  private final Supplier<Duration> limit;

  DkmsTreatment(Dkms dkms, Supplier<Duration> limit) {
    this.dkms = dkms;
    this.limit = limit;
  }

  @Override
  public Result apply(Observation observation, Planner.Demand demand, BuildLog log)
      throws IOException, InterruptedException {
    Driver driver = Objects.requireNonNull(observation.driver());
    boolean mend = demand == Planner.Demand.REBUILD || recordsAreWrong(observation, driver);
    Optional<FileIdentity> before = FileIdentity.of(dkms.buildLog(driver));
    Completed ran =
        mend
            ? dkms.reinstall(driver, observation.kernel(), limit.get(), log.file())
            : dkms.autoinstall(observation.kernel(), limit.get(), log.file());
    if (ran.ending() instanceof Completed.TimedOut timedOut) {
      return new Result(Outcome.TIMED_OUT, timedOut.toString());
    }
    return ran.succeeded()
        ? new Result(Outcome.NOTHING_LANDED, "exited 0 and " + whyNothing(driver, log))
        : failure(driver, ran, log, before);
  }

  /**
   * What failed for this driver. autoinstall tries all drivers, and what it complains of first may
   * be another one.
   *
   * @param before the driver's build log as it was before dkms ran
   */
  private Result failure(Driver driver, Completed ran, BuildLog log, Optional<FileIdentity> before)
      throws IOException {
    var build = new BuildLog(dkms.buildLog(driver));
    Optional<FileIdentity> now = FileIdentity.of(build.file());
    boolean built = now.isPresent() && !now.equals(before);
    Optional<String> error = built ? build.firstError() : Optional.empty();
    if (error.isEmpty()) {
      error = new DkmsOutput(log.file()).errorOf(driver);
    }
    if (error.isEmpty() && ran.ending().equals(DkmsOutput.SOME_FAILED)) {
      return new Result(
          Outcome.NOTHING_LANDED,
          "failed for other drivers; for this one it " + whyNothing(driver, log));
    }
    if (error.isEmpty()) {
      error = log.firstError();
    }
    if (built) {
      log.append(build.file());
    }
    return new Result(Outcome.BUILD_FAILED, error.orElseGet(() -> ran.ending().toString()));
  }

  @Override
  public BuildLog steps(Driver driver, BuildLog log) {
    return new BuildLog(dkms.buildLog(driver));
  }

  @Override
  public Optional<String> cured(Observation after, Verdict verdict) {
    return Treatment.built(after, verdict);
  }

  /**
   * dkms takes the driver for installed, and the kernel's own module is not what stands in its
   * place: then autoinstall would do nothing, and dkms's records have to be brought in line with
   * the disk. Where the kernel's own module still stands there, dkms has declined; that is its own
   * decision.
   */
  private boolean recordsAreWrong(Observation observation, Driver driver) throws IOException {
    boolean declined =
        observation.modules().stream()
            .map(Observation.Module::resolved)
            .anyMatch(file -> file != null && file.place() == Place.IN_TREE);
    return !declined && dkms.recordsInstalled(driver, observation.kernel());
  }

  private static String whyNothing(Driver driver, BuildLog log) throws IOException {
    if (new DkmsOutput(log.file()).declined(driver)) {
      return "installed nothing: its version check takes the kernel's own module for the same";
    }
    return Files.size(log.file()) == 0
        ? "did nothing: by its records it has declined this before"
        : "installed nothing that modprobe resolves";
  }
}
