package org.kmodkeeper.api;

import com.google.gson.JsonObject;
import java.time.temporal.ChronoUnit;
import java.util.AbstractList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.HistoryEntry;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.model.VerdictChange;
import org.kmodkeeper.reconcile.StatusReader;
import org.kmodkeeper.varlink.VarlinkException;

/** The history as it travels over the socket; the fields are explained in the interface file. */
public record History(List<Entry> entries) {
  /** How many of them one call may ask for. */
  public static final int MAX_ENTRIES = 2000;

  private static final int DEFAULT_ENTRIES = 200;

  public History {
    entries = List.copyOf(entries);
  }

  /** One thing that happened. */
  public record Entry(
      String time,
      String kernel,
      String driver,
      @Nullable String version,
      @Nullable Verdict verdict,
      @Nullable Verdict was,
      @Nullable Remedy remedy,
      @Nullable Outcome outcome,
      @Nullable Long durationMilliseconds,
      @Nullable String log,
      String text) {}

  /**
   * What a caller wants to know.
   *
   * @param kernel a release, or null for all
   * @param driver a name, or null for all
   * @param limit how many of the newest entries
   */
  public record Request(@Nullable String kernel, @Nullable String driver, int limit) {
    static Request from(JsonObject parameters) throws VarlinkException {
      return new Request(
          Parameters.text(parameters, "kernel"),
          Parameters.text(parameters, "driver"),
          Parameters.count(parameters, "limit", DEFAULT_ENTRIES, MAX_ENTRIES));
    }

    JsonObject toJson() {
      return Json.GSON.toJsonTree(this).getAsJsonObject();
    }
  }

  /**
   * Puts the history into the words of the interface; oldest first.
   *
   * @return what costs little to keep: each entry is put into words when it is read
   */
  static List<Entry> of(StatusReader reader, Request request) {
    List<HistoryEntry> entries =
        reader.history(request.kernel(), request.driver(), request.limit());
    return new AbstractList<>() {
      @Override
      public Entry get(int index) {
        return entry(entries.get(index));
      }

      @Override
      public int size() {
        return entries.size();
      }
    };
  }

  private static Entry entry(HistoryEntry entry) {
    @Nullable VerdictChange change = entry instanceof VerdictChange one ? one : null;
    @Nullable Attempt attempt = entry instanceof Attempt one ? one : null;
    @Nullable PreflightAnswer answer = entry instanceof PreflightAnswer one ? one : null;
    return new Entry(
        entry.at().truncatedTo(ChronoUnit.SECONDS).toString(),
        entry.kernel(),
        entry.driver(),
        entry.version(),
        change != null ? change.verdict() : answer == null ? null : answer.verdict(),
        change == null ? null : change.before(),
        attempt == null ? null : attempt.remedy(),
        attempt == null ? null : attempt.outcome(),
        attempt == null ? null : attempt.took().toMillis(),
        attempt != null ? attempt.log() : answer == null ? null : answer.log(),
        entry.line());
  }
}
