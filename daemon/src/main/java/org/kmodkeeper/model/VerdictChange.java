package org.kmodkeeper.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A verdict that is another than before.
 *
 * @param before the verdict until then, or null for a kernel or driver seen for the first time
 * @param detail one line: what, where, why
 * @param advice what the operator can do, or null if there is nothing to do
 */
public record VerdictChange(
    Instant at,
    String kernel,
    String driver,
    @Nullable String version,
    Verdict verdict,
    @Nullable Verdict before,
    String detail,
    @Nullable String advice)
    implements HistoryEntry {
  /** The change that a new state means. */
  public static VerdictChange to(DriverState state, @Nullable Verdict before, Instant at) {
    Observation observation = state.observation();
    Finding finding = state.finding();
    Driver driver = observation.driver();
    return new VerdictChange(
        at,
        observation.kernel().release(),
        observation.policy().name(),
        driver == null ? null : driver.version(),
        finding.verdict(),
        before,
        finding.detail(),
        finding.advice());
  }

  @Override
  public String line() {
    String was = before == null || before == verdict ? "" : " (was " + before + ")";
    return DriverLine.subject(kernel, driver, version)
        + ": "
        + DriverLine.reason("verdict " + verdict + was, detail, advice);
  }
}
