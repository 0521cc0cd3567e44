package org.kmodkeeper.history;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.HistoryEntry;

/** The attempt that is running, on disk: a daemon that is killed leaves it there for the next. */
public final class UnfinishedAttempt {
  private final Path file;

  public UnfinishedAttempt(Path file) {
    this.file = file;
  }

  public void note(Attempt begun) throws IOException {
    AtomicFile.write(file, HistoryJson.print(begun) + "\n");
  }

  public void forget() throws IOException {
    Files.deleteIfExists(file);
  }

  /** What was at work when the daemon was killed; empty if it ended in peace. */
  public Optional<Attempt> read() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String line = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
    Optional<HistoryEntry> entry = HistoryJson.parse(line);
    return entry.filter(Attempt.class::isInstance).map(Attempt.class::cast);
  }
}
