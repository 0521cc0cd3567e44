package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.tools.BuildLog;
import org.kmodkeeper.tools.Dkms;

/** Lets dkms do its own work. */
final class DkmsTreatment implements Treatment {
  /** What dkms prints when its version check declines; as of 3.0.10. */
  private static final String DECLINED = "DKMS will not replace this module";

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
    Completed ran =
        switch (demand) {
          case NONE -> dkms.autoinstall(observation.kernel(), limit.get(), log.file());
          case REBUILD -> dkms.reinstall(driver, observation.kernel(), limit.get(), log.file());
        };
    if (ran.ending() instanceof Completed.TimedOut timedOut) {
      return new Result(Outcome.TIMED_OUT, timedOut.toString());
    }
    if (ran.succeeded()) {
      return new Result(Outcome.NOTHING_LANDED, "exited 0 and " + whyNothing(log));
    }
    log.append(dkms.failedBuildLog(driver));
    return new Result(
        Outcome.BUILD_FAILED, log.firstError().orElseGet(() -> ran.ending().toString()));
  }

  private static String whyNothing(BuildLog log) throws IOException {
    String output = Files.readString(log.file(), java.nio.charset.StandardCharsets.ISO_8859_1);
    if (output.contains(DECLINED)) {
      return "installed nothing: it does not replace a module that it takes for the same";
    }
    return output.isBlank()
        ? "did nothing: its records say that the module is installed"
        : "installed nothing that modprobe resolves";
  }
}
