package org.kmodkeeper.reconcile;

import java.io.IOException;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.tools.BuildLog;

/** The hands of one remedy. */
interface Treatment {
  /**
   * Tries to make the driver ready.
   *
   * @param observation has a driver, headers and a compiler
   * @param log where all output goes
   * @return how it went as far as the tools tell; the disk has the last word
   * @throws InterruptedException if the daemon is stopping; no process is left, nothing is
   *     half-installed
   */
  Result apply(Observation observation, Planner.Demand demand, BuildLog log)
      throws IOException, InterruptedException;

  /**
   * What the tools told.
   *
   * @param detail one line: why
   */
  record Result(Attempt.Outcome outcome, String detail) {}
}
