package org.kmodkeeper.history;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.HistoryEntry;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Remedy;

/**
 * Records each attempt, in the journal and in the history. Those that are running are on disk: a
 * daemon that is killed leaves them there for the next.
 */
public final class AttemptLog {
  private static final String BEGINNING = "attempt-";
  private static final String ENDING = ".json";
  private static final String KILLED = "the daemon was killed during the attempt";

  private final HostPaths paths;
  private final HistoryFile history;
  private final Clock clock;

  public AttemptLog(HostPaths paths, HistoryFile history, Clock clock) {
    this.paths = paths;
    this.history = history;
    this.clock = clock;
  }

  /**
   * An attempt that is running.
   *
   * @param attempt what the history says of it if the daemon is killed
   * @param number counted per set of inputs
   * @param output where the tools' output goes
   */
  public record Begun(Attempt attempt, int number, BuildLog output) {}

  /**
   * A remedy starts.
   *
   * @param inputs of this attempt
   */
  public Begun begin(Observation before, Remedy remedy, String inputs) {
    Kernel kernel = before.kernel();
    String driver = before.policy().name();
    String version = Objects.requireNonNull(before.driver()).version();
    BuildLog output = output(kernel, driver + "-" + version + "." + remedy + ".log");
    boolean isKept = !output.file().equals(HostPaths.NOWHERE);
    var attempt =
        new Attempt(
            clock.instant(),
            Duration.ZERO,
            kernel.release(),
            driver,
            version,
            remedy,
            Outcome.INTERRUPTED,
            inputs,
            KILLED,
            isKept ? output.file().toString() : null);
    int number = 1 + history.attemptsAfter(null, kernel, driver, inputs).size();
    EventLog.attemptBegins(attempt, number, output.file());
    try {
      AtomicFile.write(file(attempt), HistoryJson.print(attempt) + "\n");
    } catch (IOException refusal) {
      // A full disk must not keep a driver from being made ready.
      EventLog.notWritten(refusal);
    }
    return new Begun(attempt, number, output);
  }

  /** How long earlier builds of the driver took, as a rule; null for what is not a build. */
  public @Nullable Long usualMilliseconds(String driver, Remedy remedy) {
    return remedy.isBuild()
        ? history.usual(driver, remedy).map(Duration::toMillis).orElse(null)
        : null;
  }

  /** A full /var/log must not keep a driver from being made ready. */
  private BuildLog output(Kernel kernel, String name) {
    try {
      return BuildLog.begin(paths.logs(kernel).resolve(name));
    } catch (IOException refusal) {
      EventLog.notWritten(refusal);
      return new BuildLog(HostPaths.NOWHERE);
    }
  }

  /**
   * A remedy ended, successfully or not.
   *
   * @param inputs of the build that it has made
   * @param detail one line: why it ended so
   */
  public void end(Begun begun, Outcome outcome, String inputs, String detail) throws IOException {
    Duration took = Duration.between(begun.attempt().started(), clock.instant());
    String lastLines =
        switch (outcome) {
          case BUILD_FAILED, TIMED_OUT, NOT_PROVEN -> begun.output().lastLines();
          case INSTALLED, NOTHING_LANDED, INTERRUPTED -> "";
        };
    record(begun.attempt().ended(took, outcome, inputs, detail), begun.number(), lastLines);
    Files.deleteIfExists(file(begun.attempt()));
  }

  /** Where an attempt is while it runs. */
  private Path file(Attempt attempt) {
    return paths.state().resolve(BEGINNING + attempt.kernel() + "-" + attempt.driver() + ENDING);
  }

  private void record(Attempt attempt, int number, String lastLines) {
    history.record(attempt);
    EventLog.attemptEnded(attempt, number, lastLines);
  }

  /**
   * Records the attempts that a daemon was killed in, as when memory ran out. One counts as failed
   * if the one before ended so too: begun again at once, it may bring down the host as well.
   */
  public void recover() throws IOException {
    for (Path file : DirectoryListing.of(paths.state())) {
      String name = file.getFileName().toString();
      if (name.startsWith(BEGINNING) && name.endsWith(ENDING)) {
        unfinished(file).ifPresent(this::recover);
        Files.delete(file);
      }
    }
  }

  private static Optional<Attempt> unfinished(Path file) throws IOException {
    String line = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
    Optional<HistoryEntry> entry = HistoryJson.parse(line);
    return entry.filter(Attempt.class::isInstance).map(Attempt.class::cast);
  }

  private void recover(Attempt killed) {
    List<Attempt> known =
        history.attemptsAfter(null, new Kernel(killed.kernel()), killed.driver(), killed.inputs());
    if (known.stream().anyMatch(attempt -> attempt.started().equals(killed.started()))) {
      return;
    }
    @Nullable Attempt last = known.isEmpty() ? null : known.get(known.size() - 1);
    boolean again = last != null && last.detail().startsWith(killed.detail());
    Duration took = Duration.between(killed.started(), clock.instant());
    Attempt attempt =
        killed.ended(
            took.isNegative() ? Duration.ZERO : took,
            again ? Outcome.BUILD_FAILED : Outcome.INTERRUPTED,
            killed.inputs(),
            again ? KILLED + " again; memory may have run out" : KILLED);
    record(attempt, known.size() + 1, "");
  }
}
