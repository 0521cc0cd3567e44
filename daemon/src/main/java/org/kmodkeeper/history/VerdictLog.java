package org.kmodkeeper.history;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.model.VerdictChange;

/** Records each change of a verdict once, in the journal and in the history. */
public final class VerdictLog {
  private final HistoryFile history;
  private final Map<DriverOnKernel, Verdict> reported = new ConcurrentHashMap<>();

  public VerdictLog(HistoryFile history) {
    this.history = history;
  }

  /** Records a verdict, if it is not the one that was recorded last. */
  public void record(DriverState state, Instant now) {
    DriverOnKernel cell = DriverOnKernel.of(state);
    Verdict verdict = state.finding().verdict();
    @Nullable Verdict before = history.lastVerdict(cell.kernel(), cell.driver()).orElse(null);
    if (reported.put(cell, verdict) != verdict) {
      VerdictChange change = VerdictChange.to(state, before, now);
      EventLog.verdictChanged(change);
      if (before != verdict) {
        history.record(change);
      }
    }
  }

  /** Forgets what was reported of all others, which no longer exist. */
  public void retain(Set<DriverOnKernel> cells) {
    reported.keySet().retainAll(cells);
  }
}
