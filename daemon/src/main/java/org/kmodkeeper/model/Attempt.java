package org.kmodkeeper.model;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One run of one remedy for one (kernel, driver).
 *
 * @param inputs the {@link Observation#inputs} it ran with
 * @param detail one line: why it ended so; the compiler's first error if there is one
 * @param log the file with the full output, or null if none was kept
 */
public record Attempt(
    Instant started,
    Duration took,
    String kernel,
    String driver,
    String version,
    Remedy remedy,
    Outcome outcome,
    String inputs,
    String detail,
    @Nullable String log)
    implements HistoryEntry {
  /** How an attempt ended. */
  public enum Outcome {
    /** The driver's modules are in the kernel's tree, and proven. */
    INSTALLED,
    /** The build ran and failed. */
    BUILD_FAILED,
    /** The tool said that all is well, but the driver is not ready. */
    NOTHING_LANDED,
    /** The build passed its time limit and was killed. */
    TIMED_OUT,
    /** A module was built but did not stand the proof; what was there before is back. */
    NOT_PROVEN,
    /** The daemon ended in the middle. */
    INTERRUPTED;

    @Override
    public String toString() {
      return KebabCase.of(this);
    }
  }

  /**
   * The inputs of an attempt.
   *
   * @param artifacts a digest of those that it chooses from, or null
   */
  public static String inputs(String observed, @Nullable String artifacts) {
    return artifacts == null ? observed : observed + "/" + artifacts;
  }

  /** Whether it ran with what was observed, whatever it chose from. */
  public boolean ranWith(String observed) {
    return inputs.equals(observed) || inputs.startsWith(observed + "/");
  }

  /** The same attempt with how it ended. */
  public Attempt ended(Duration after, Outcome how, String withInputs, String why) {
    return new Attempt(started, after, kernel, driver, version, remedy, how, withInputs, why, log);
  }

  /** When it ended. */
  public Instant ended() {
    return started.plus(took);
  }

  @Override
  public Instant at() {
    return ended();
  }

  @Override
  public String line() {
    return DriverLine.subject(kernel, driver, version)
        + ": remedy "
        + remedy
        + " ended after "
        + took.toSeconds()
        + " s: "
        + outcome
        + ": "
        + detail;
  }
}
