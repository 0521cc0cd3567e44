package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.LedgerEntry;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.model.VerdictChange;

/**
 * What was tried and what came of it, one JSON object a line; appended and synced to disk, so that
 * a restart forgets no failure and repeats none before its time.
 *
 * <p>Bounded: past twice the number of entries that are kept, the file is written anew without the
 * oldest. A line that a power cut tore is passed over.
 */
public final class Ledger {
  /** Entries kept: years on a quiet host. */
  static final int KEPT = 2000;

  private final Path file;
  private final Deque<LedgerEntry> entries = new ArrayDeque<>();
  private int linesInFile;

  public Ledger(Path file) {
    this.file = file;
  }

  /** Reads what earlier runs wrote. */
  public synchronized void open() throws IOException {
    entries.clear();
    linesInFile = 0;
    if (!Files.exists(file)) {
      return;
    }
    // Not readString: a line torn inside of a character must not keep the daemon from starting.
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    for (String line : text.split("\n", -1)) {
      linesInFile++;
      LedgerLine.parse(line).ifPresent(this::remember);
    }
  }

  private void remember(LedgerEntry entry) {
    entries.addLast(entry);
    if (entries.size() > KEPT) {
      entries.removeFirst();
    }
  }

  /** Adds an entry; it is on disk when this returns, and remembered also if the disk refuses it. */
  public synchronized void add(LedgerEntry entry) throws IOException {
    remember(entry);
    if (linesInFile >= 2 * KEPT) {
      var text = new StringBuilder();
      entries.forEach(kept -> text.append(LedgerLine.print(kept)).append('\n'));
      AtomicFile.write(file, text.toString());
      linesInFile = entries.size();
      return;
    }
    Files.createDirectories(file.getParent());
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      String separator = endsLine(channel) ? "" : "\n";
      byte[] line = (separator + LedgerLine.print(entry) + "\n").getBytes(StandardCharsets.UTF_8);
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
    return of(Attempt.class, kernel, driver)
        .filter(attempt -> attempt.inputs().equals(inputs))
        .filter(attempt -> !attempt.started().isBefore(since))
        .toList();
  }

  /** The newest attempt for that (kernel, driver), with whatever inputs. */
  public synchronized Optional<Attempt> last(Kernel kernel, String driver) {
    return of(Attempt.class, kernel, driver).reduce((older, newer) -> newer);
  }

  /** The newest verdict on that (kernel, driver). */
  synchronized Optional<Verdict> lastVerdict(Kernel kernel, String driver) {
    return of(VerdictChange.class, kernel, driver)
        .map(VerdictChange::verdict)
        .reduce((older, newer) -> newer);
  }

  /**
   * The newest entries, oldest first.
   *
   * @param kernel a release, or null for all
   * @param driver a name, or null for all
   */
  public synchronized List<LedgerEntry> entries(
      @Nullable String kernel, @Nullable String driver, int most) {
    List<LedgerEntry> found =
        entries.stream()
            .filter(entry -> kernel == null || entry.kernel().equals(kernel))
            .filter(entry -> driver == null || entry.driver().equals(driver))
            .toList();
    return found.subList(Math.max(0, found.size() - most), found.size());
  }

  private <T extends LedgerEntry> Stream<T> of(Class<T> kind, Kernel kernel, String driver) {
    return entries.stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .filter(entry -> entry.kernel().equals(kernel.release()))
        .filter(entry -> entry.driver().equals(driver));
  }
}
