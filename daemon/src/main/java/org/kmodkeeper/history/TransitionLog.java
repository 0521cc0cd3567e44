package org.kmodkeeper.history;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HistoryEntry;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.model.VerdictChange;

/** Tells each change of a verdict and each attempt once, to the log and to the history. */
public final class TransitionLog {
  private final HistoryFile history;
  private final EventLog chronicle;
  private final Map<DriverOnKernel, Verdict> told = new ConcurrentHashMap<>();

  public TransitionLog(HistoryFile history, EventLog chronicle) {
    this.history = history;
    this.chronicle = chronicle;
  }

  /** Says how things stand, if that was not the last thing said of it. */
  public void tell(DriverState state, Instant now) {
    DriverOnKernel subject = DriverOnKernel.of(state.observation());
    Verdict verdict = state.finding().verdict();
    @Nullable Verdict recorded =
        history.lastVerdict(subject.kernel(), subject.driver()).orElse(null);
    if (told.put(subject, verdict) != verdict) {
      VerdictChange change = VerdictChange.to(state, recorded, now);
      chronicle.verdictChanged(change);
      if (recorded != verdict) {
        record(change);
      }
    }
  }

  /**
   * An attempt ended.
   *
   * @param number the attempt number, counted per set of inputs
   * @param lastLines the tools' last lines, or nothing
   */
  public void tell(Attempt attempt, int number, String lastLines) {
    record(attempt);
    chronicle.attemptEnded(attempt, number, lastLines);
  }

  /** A full disk must not keep a driver from being made ready. */
  private void record(HistoryEntry entry) {
    try {
      history.add(entry);
    } catch (IOException refusal) {
      chronicle.notRecorded(refusal);
    }
  }

  /** Forgets what was reported of all others, which no longer exist. */
  public void retain(Set<DriverOnKernel> subjects) {
    told.keySet().retainAll(subjects);
  }
}
