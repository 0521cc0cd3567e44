package org.kmodkeeper.model;

import java.time.Instant;

/** What to do next for one (kernel, driver). */
public sealed interface Plan {
  /** There is nothing to do, or nothing that could help until an input changes. */
  record Rest() implements Plan {}

  /** The remedies failed; try again at the given time. */
  record Retry(Instant at) implements Plan {}

  /**
   * Run this remedy as soon as another process has ended.
   *
   * @param process which one, for people
   * @param since when that began to hold what the remedy needs
   */
  record Await(Remedy remedy, String process, Instant since) implements Plan {}

  /** Run this remedy now. */
  record Apply(Remedy remedy) implements Plan {}
}
