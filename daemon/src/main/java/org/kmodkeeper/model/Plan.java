package org.kmodkeeper.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

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

  /** A remedy is to be run. */
  sealed interface Work extends Plan {
    Remedy remedy();
  }

  /**
   * Run this remedy now.
   *
   * @param artifacts a digest of those that it chooses from; null for one that uses none
   */
  record Apply(Remedy remedy, @Nullable String artifacts) implements Work {
    public Apply(Remedy remedy) {
      this(remedy, null);
    }
  }

  /** The driver is ready; run this remedy when there is nothing else to do. */
  record Improve(Remedy remedy) implements Work {}
}
