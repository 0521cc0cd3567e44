package org.kmodkeeper.history;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.HistoryEntry;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.model.VerdictChange;

/**
 * What was tried and what came of it, one JSON object a line; appended and synced to disk, so that
 * a restart forgets no failure and repeats none before its time.
 *
 * <p>Bounded: past twice the number of entries that are kept, the file is rewritten without the
 * oldest. A line that a power failure truncated is skipped. What a full disk refuses is written
 * with the next entry that it takes.
 */
public final class HistoryFile {
  /** Entries kept: years on a quiet host. */
  public static final int MAX_ENTRIES = 2000;

  private final Path file;
  private final Deque<HistoryEntry> entries = new ArrayDeque<>();

  /**
   * With a full history a look at 10 kernels with 5 drivers asks 150 times for what was tried: 0.5
   * ms so, 50 ms by going through all entries each time.
   */
  private final Map<Cell, Deque<HistoryEntry>> byCell = new HashMap<>();

  private int linesInFile;

  /** So many of the newest entries are not in the file. */
  private int unwritten;

  /** What an entry is about. */
  private record Cell(String kernel, String driver) {
    static Cell of(HistoryEntry entry) {
      return new Cell(entry.kernel(), entry.driver());
    }
  }

  private HistoryFile(Path file) {
    this.file = file;
  }

  /** The history with what earlier runs wrote. */
  public static HistoryFile open(Path file) throws IOException {
    var history = new HistoryFile(file);
    if (Files.exists(file)) {
      // Not readString: a line torn inside of a character must not keep the daemon from starting.
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      for (String line : text.split("\n", -1)) {
        history.linesInFile++;
        HistoryJson.parse(line).ifPresent(history::remember);
      }
    }
    return history;
  }

  private void remember(HistoryEntry entry) {
    entries.addLast(entry);
    byCell.computeIfAbsent(Cell.of(entry), cell -> new ArrayDeque<>()).addLast(entry);
    if (entries.size() > MAX_ENTRIES) {
      Cell oldest = Cell.of(entries.removeFirst());
      Deque<HistoryEntry> left = Objects.requireNonNull(byCell.get(oldest));
      left.removeFirst();
      if (left.isEmpty()) {
        byCell.remove(oldest);
      }
    }
  }

  /** Adds an entry; it is on disk when this returns, and remembered also if the disk refuses it. */
  public synchronized void add(HistoryEntry entry) throws IOException {
    remember(entry);
    unwritten = Math.min(unwritten + 1, entries.size());
    if (linesInFile >= 2 * MAX_ENTRIES) {
      AtomicFile.write(file, lines(entries.size()));
      linesInFile = entries.size();
    } else {
      append(lines(unwritten));
      linesInFile += unwritten;
    }
    unwritten = 0;
  }

  /** Adds an entry; a full disk, which must not keep a driver from being ready, is reported. */
  void record(HistoryEntry entry) {
    try {
      add(entry);
    } catch (IOException refusal) {
      EventLog.notWritten(refusal);
    }
  }

  private String lines(int newest) {
    return entries.stream()
        .skip(entries.size() - (long) newest)
        .map(entry -> HistoryJson.print(entry) + "\n")
        .collect(Collectors.joining());
  }

  private void append(String lines) throws IOException {
    Files.createDirectories(file.getParent());
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      String separator = endsLine(channel) ? "" : "\n";
      long end = channel.size();
      try {
        write(channel, ByteBuffer.wrap((separator + lines).getBytes(StandardCharsets.UTF_8)), end);
        channel.force(true);
      } catch (IOException refused) {
        channel.truncate(end);
        throw refused;
      }
    } catch (IOException refused) {
      throw IoErrors.at(file, refused);
    }
  }

  private static void write(FileChannel channel, ByteBuffer bytes, long from) throws IOException {
    // The last free space takes a part of it, and that is not reported as a failure.
    for (long at = from; bytes.hasRemaining(); ) {
      at += channel.write(bytes, at);
    }
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

  /**
   * What was tried with these inputs, oldest first.
   *
   * @param last only what was tried after this one; null for all
   */
  public synchronized List<Attempt> attemptsAfter(
      @Nullable Attempt last, Kernel kernel, String driver, String inputs) {
    List<Attempt> attempts = new ArrayList<>();
    for (HistoryEntry entry : of(kernel, driver)) {
      if (entry.equals(last)) {
        attempts.clear();
      } else if (entry instanceof Attempt attempt && attempt.inputs().equals(inputs)) {
        attempts.add(attempt);
      }
    }
    return attempts;
  }

  /** The newest attempt for that (kernel, driver), with whatever inputs. */
  public synchronized Optional<Attempt> last(Kernel kernel, String driver) {
    return last(Attempt.class, kernel, driver);
  }

  /** The newest attempts on that (kernel, driver), with whatever inputs, oldest first. */
  public synchronized List<Attempt> attempts(String kernel, String driver, int most) {
    List<Attempt> all =
        entries.stream()
            .filter(entry -> entry.kernel().equals(kernel) && entry.driver().equals(driver))
            .filter(Attempt.class::isInstance)
            .map(Attempt.class::cast)
            .toList();
    return all.subList(Math.max(0, all.size() - most), all.size());
  }

  /** The median of how long a remedy took where it made the driver ready, on whatever kernel. */
  synchronized Optional<Duration> usual(String driver, Remedy remedy) {
    List<Duration> took =
        entries.stream()
            .filter(entry -> entry.driver().equals(driver))
            .filter(Attempt.class::isInstance)
            .map(Attempt.class::cast)
            .filter(one -> one.remedy() == remedy && one.outcome() == Outcome.INSTALLED)
            .map(Attempt::took)
            .sorted()
            .toList();
    return took.isEmpty() ? Optional.empty() : Optional.of(took.get(took.size() / 2));
  }

  /** The newest verdict on that (kernel, driver). */
  synchronized Optional<Verdict> lastVerdict(Kernel kernel, String driver) {
    return last(VerdictChange.class, kernel, driver).map(VerdictChange::verdict);
  }

  /** The newest entry of a kind for that (kernel, driver). */
  synchronized <T extends HistoryEntry> Optional<T> last(
      Class<T> kind, Kernel kernel, String driver) {
    @Nullable T last = null;
    for (HistoryEntry entry : of(kernel, driver)) {
      if (kind.isInstance(entry)) {
        last = kind.cast(entry);
      }
    }
    return Optional.ofNullable(last);
  }

  /**
   * The newest entries, oldest first.
   *
   * @param kernel a release, or null for all
   * @param driver a name, or null for all
   */
  public synchronized List<HistoryEntry> entries(
      @Nullable String kernel, @Nullable String driver, int most) {
    List<HistoryEntry> found =
        entries.stream()
            .filter(entry -> kernel == null || entry.kernel().equals(kernel))
            .filter(entry -> driver == null || entry.driver().equals(driver))
            .toList();
    return found.subList(Math.max(0, found.size() - most), found.size());
  }

  private Collection<HistoryEntry> of(Kernel kernel, String driver) {
    @Nullable Deque<HistoryEntry> known = byCell.get(new Cell(kernel.release(), driver));
    return known == null ? List.of() : known;
  }
}
