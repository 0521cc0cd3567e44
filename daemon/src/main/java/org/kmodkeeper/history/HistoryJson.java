package org.kmodkeeper.history;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.json.Json;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.HistoryEntry;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.VerdictChange;

/** One entry of the history as a line of JSON. */
final class HistoryJson {
  private HistoryJson() {}

  static String print(HistoryEntry entry) {
    return Json.GSON.toJson(entry);
  }

  /** The entry; empty if the line is torn or of another kind. */
  static Optional<HistoryEntry> parse(String line) {
    try {
      @Nullable JsonObject object = Json.GSON.fromJson(line, JsonObject.class);
      if (object == null) {
        return Optional.empty();
      }
      Class<? extends HistoryEntry> kind =
          object.has("depth")
              ? PreflightAnswer.class
              : object.has("verdict") ? VerdictChange.class : Attempt.class;
      return Optional.<HistoryEntry>of(Json.GSON.fromJson(object, kind))
          .filter(HistoryJson::isWhole);
    } catch (JsonParseException | DateTimeException | ArithmeticException torn) {
      return Optional.empty();
    }
  }

  /** JSON that was written by another version may lack what this one needs. */
  static boolean isWhole(HistoryEntry entry) {
    List<@Nullable Object> needed = new ArrayList<>();
    needed.add(entry.kernel());
    needed.add(entry.driver());
    if (entry instanceof Attempt attempt) {
      needed.addAll(
          Arrays.asList(
              attempt.started(),
              attempt.took(),
              attempt.version(),
              attempt.detail(),
              attempt.remedy(),
              attempt.outcome(),
              attempt.inputs()));
    } else if (entry instanceof VerdictChange change) {
      needed.addAll(Arrays.asList(change.at(), change.verdict(), change.detail()));
    } else if (entry instanceof PreflightAnswer answer) {
      needed.addAll(
          Arrays.asList(
              answer.at(), answer.inputs(), answer.depth(), answer.verdict(), answer.detail()));
    }
    // The end of an attempt is a sum, and may be past all time.
    return !needed.contains(null) && !entry.at().equals(Instant.MAX);
  }
}
