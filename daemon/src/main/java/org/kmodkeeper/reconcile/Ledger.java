package org.kmodkeeper.reconcile;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Kernel;

/**
 * What was tried, one JSON object a line; appended and synced to disk, so that a restart forgets no
 * failure and repeats none before its time.
 *
 * <p>Bounded: past twice the number of attempts that are kept, the file is written anew without the
 * oldest. A line that a power cut tore is passed over.
 */
public final class Ledger {
  /** Attempts kept: years on a quiet host. */
  static final int KEPT = 2000;

  private static final Gson GSON =
      new GsonBuilder()
          .registerTypeAdapter(
              Instant.class, new AsText<>(Instant::parse, Instant::toString).nullSafe())
          .registerTypeAdapter(
              Duration.class, new AsText<>(Duration::parse, Duration::toString).nullSafe())
          .disableHtmlEscaping()
          .create();

  private final Path file;
  private final Deque<Attempt> attempts = new ArrayDeque<>();
  private int linesInFile;

  public Ledger(Path file) {
    this.file = file;
  }

  /** Reads what earlier runs wrote. */
  public synchronized void open() throws IOException {
    attempts.clear();
    linesInFile = 0;
    if (!Files.exists(file)) {
      return;
    }
    // Not readString: a line torn inside of a character must not keep the daemon from starting.
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    for (String line : text.split("\n", -1)) {
      linesInFile++;
      parse(line).ifPresent(this::remember);
    }
  }

  private static Optional<Attempt> parse(String line) {
    try {
      @Nullable Attempt attempt = GSON.fromJson(line, Attempt.class);
      boolean whole =
          attempt != null
              && attempt.started() != null
              && attempt.took() != null
              && attempt.kernel() != null
              && attempt.driver() != null
              && attempt.version() != null
              && attempt.detail() != null
              && attempt.remedy() != null
              && attempt.outcome() != null
              && attempt.inputs() != null;
      return whole ? Optional.of(attempt) : Optional.empty();
    } catch (JsonParseException | java.time.DateTimeException torn) {
      return Optional.empty();
    }
  }

  private void remember(Attempt attempt) {
    attempts.addLast(attempt);
    if (attempts.size() > KEPT) {
      attempts.removeFirst();
    }
  }

  /** Adds an attempt; it is on disk when this returns. */
  public synchronized void add(Attempt attempt) throws IOException {
    remember(attempt);
    if (linesInFile >= 2 * KEPT) {
      var text = new StringBuilder();
      attempts.forEach(kept -> text.append(GSON.toJson(kept)).append('\n'));
      AtomicFile.write(file, text.toString());
      linesInFile = attempts.size();
      return;
    }
    Files.createDirectories(file.getParent());
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      String separator = endsLine(channel) ? "" : "\n";
      byte[] line = (separator + GSON.toJson(attempt) + "\n").getBytes(StandardCharsets.UTF_8);
      channel.write(ByteBuffer.wrap(line), channel.size());
      channel.force(true);
    }
    linesInFile++;
  }

  /** Whether the file ends with a whole line; a torn one must not swallow the next. */
  private static boolean endsLine(FileChannel channel) throws IOException {
    if (channel.size() == 0) {
      return true;
    }
    ByteBuffer last = ByteBuffer.allocate(1);
    channel.read(last, channel.size() - 1);
    return last.get(0) == '\n';
  }

  /** What was tried with these inputs at or after the given time, oldest first. */
  public synchronized List<Attempt> attempts(
      Kernel kernel, String driver, String inputs, Instant since) {
    return attempts.stream()
        .filter(attempt -> attempt.kernel().equals(kernel.release()))
        .filter(attempt -> attempt.driver().equals(driver))
        .filter(attempt -> attempt.inputs().equals(inputs))
        .filter(attempt -> !attempt.started().isBefore(since))
        .toList();
  }

  /** The newest attempt for that (kernel, driver), with whatever inputs. */
  public synchronized Optional<Attempt> last(Kernel kernel, String driver) {
    return attempts.stream()
        .filter(attempt -> attempt.kernel().equals(kernel.release()))
        .filter(attempt -> attempt.driver().equals(driver))
        .reduce((older, newer) -> newer);
  }

  /** Writes a value as the text that its class parses. */
  private static final class AsText<T> extends TypeAdapter<T> {
    private final java.util.function.Function<String, T> parse;
    private final java.util.function.Function<T, String> print;

    AsText(
        java.util.function.Function<String, T> parse,
        java.util.function.Function<T, String> print) {
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
