package org.kmodkeeper.reconcile;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes each event of the loop to the log: one event, one line, the same words everywhere.
 *
 * <p>The values travel as key-value pairs too, under the names that they have as journal fields.
 */
public final class Chronicle {
  private static final Logger log = LoggerFactory.getLogger("org.kmodkeeper");

  /** A kernel or driver was seen for the first time, or its verdict is another than before. */
  void verdictChanged(DriverState state, @Nullable Verdict before) {
    Observation observation = state.observation();
    Finding finding = state.finding();
    Level level = finding.verdict().bootable() ? Level.INFO : Level.WARN;
    String was = before == null ? "" : " (was " + before + ")";
    String advice = finding.advice() == null ? "" : "; " + finding.advice();
    subject(log.atLevel(level), observation)
        .addKeyValue("VERDICT", finding.verdict())
        .log(
            "kernel {}: driver {}: verdict {}{}: {}{}",
            observation.kernel(),
            name(observation),
            finding.verdict(),
            was,
            finding.detail(),
            advice);
  }

  /** A remedy starts. */
  void attemptBegins(Observation observation, Remedy remedy, String logFile) {
    subject(log.atInfo(), observation)
        .addKeyValue("REMEDY", remedy)
        .log(
            "kernel {}: driver {}: remedy {} begins, log {}",
            observation.kernel(),
            name(observation),
            remedy,
            logFile);
  }

  /** A remedy ended, well or not. */
  void attemptEnded(Observation observation, Attempt attempt) {
    boolean well = attempt.outcome() == Attempt.Outcome.INSTALLED;
    subject(log.atLevel(well ? Level.INFO : Level.WARN), observation)
        .addKeyValue("REMEDY", attempt.remedy())
        .addKeyValue("DURATION_USEC", attempt.took().toNanos() / 1000)
        .log(
            "kernel {}: driver {}: remedy {} ended after {} s: {}: {}",
            observation.kernel(),
            name(observation),
            attempt.remedy(),
            attempt.took().toSeconds(),
            attempt.outcome(),
            attempt.detail());
  }

  /** Kernels have gone, and what was ours in their trees with them. */
  void kernelGone(Kernel kernel, List<String> removed) {
    log.atInfo()
        .addKeyValue("KERNEL_RELEASE", kernel)
        .log(
            "kernel {}: no longer installed; removed {}",
            kernel,
            removed.isEmpty() ? "nothing" : String.join(", ", removed));
  }

  private static LoggingEventBuilder subject(LoggingEventBuilder event, Observation observation) {
    Driver driver = observation.driver();
    LoggingEventBuilder named =
        event
            .addKeyValue("KERNEL_RELEASE", observation.kernel())
            .addKeyValue("DRIVER", observation.policy().name());
    return driver == null ? named : named.addKeyValue("DRIVER_VERSION", driver.version());
  }

  private static String name(Observation observation) {
    Driver driver = observation.driver();
    return driver == null ? observation.policy().name() : driver.name() + " " + driver.version();
  }
}
