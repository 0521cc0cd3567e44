package org.kmodkeeper.history;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.Verdict;

/** Records each change of a preflight's answer once, in the journal and in the history. */
public final class PreflightLog {
  private final PreflightFile file;
  private final HistoryFile history;

  public PreflightLog(PreflightFile file, HistoryFile history) {
    this.file = file;
    this.history = history;
  }

  /** Records the answers that are not those that were recorded last; returns all that are known. */
  public List<PreflightAnswer> record() {
    try {
      List<PreflightAnswer> answers = file.read();
      for (PreflightAnswer answer : answers) {
        Optional<Verdict> before =
            history
                .last(PreflightAnswer.class, answer.cell().kernel(), answer.driver())
                .map(PreflightAnswer::verdict);
        if (!before.equals(Optional.of(answer.verdict()))) {
          EventLog.answered(answer);
          history.record(answer);
        }
      }
      return answers;
    } catch (IOException unreadable) {
      EventLog.answersUnread(unreadable);
      return List.of();
    }
  }
}
