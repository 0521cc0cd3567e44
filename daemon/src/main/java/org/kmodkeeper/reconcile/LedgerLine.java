package org.kmodkeeper.reconcile;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.LedgerEntry;
import org.kmodkeeper.model.VerdictChange;

/** One entry of the ledger as a line of JSON. */
final class LedgerLine {
  private static final Gson GSON =
      new GsonBuilder()
          .registerTypeAdapter(
              Instant.class, new AsText<>(Instant::parse, Instant::toString).nullSafe())
          .registerTypeAdapter(
              Duration.class, new AsText<>(Duration::parse, Duration::toString).nullSafe())
          .disableHtmlEscaping()
          .create();

  private LedgerLine() {}

  static String print(LedgerEntry entry) {
    return GSON.toJson(entry);
  }

  /** The entry; empty if the line is torn or of another kind. */
  static Optional<LedgerEntry> parse(String line) {
    try {
      @Nullable JsonObject object = GSON.fromJson(line, JsonObject.class);
      if (object == null) {
        return Optional.empty();
      }
      LedgerEntry entry =
          object.has("verdict")
              ? GSON.fromJson(object, VerdictChange.class)
              : GSON.fromJson(object, Attempt.class);
      return Optional.of(entry).filter(LedgerLine::isWhole);
    } catch (JsonParseException | DateTimeException | ArithmeticException torn) {
      return Optional.empty();
    }
  }

  /** JSON that was written by another version may lack what this one needs. */
  private static boolean isWhole(LedgerEntry entry) {
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
    }
    // The end of an attempt is a sum, and may be past all time.
    return !needed.contains(null) && !entry.at().equals(Instant.MAX);
  }

  /** Writes a value as the text that its class parses. */
  private static final class AsText<T> extends TypeAdapter<T> {
    private final Function<String, T> parse;
    private final Function<T, String> print;

    AsText(Function<String, T> parse, Function<T, String> print) {
      this.parse = parse;
      this.print = print;
    }

    @Override
    public void write(JsonWriter out, T value) throws IOException {
      out.value(print.apply(value));
    }

    @Override
    public T read(JsonReader in) throws IOException {
      return parse.apply(in.nextString());
    }
  }
}
