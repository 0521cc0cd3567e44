package org.kmodkeeper.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One thing that happened to a driver for a kernel. */
public sealed interface HistoryEntry permits Attempt, PreflightAnswer, VerdictChange {
  /** When it was over. */
  Instant at();

  String kernel();

  String driver();

  /** The driver's version, or null without a source. */
  @Nullable String version();

  /** The one line that tells it, in the journal as in the history. */
  String line();
}
