package org.kmodkeeper.history;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.HistoryEntry;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.model.VerdictChange;
import org.kmodkeeper.systemd.MessageId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes each event of the loop to the log: one event, one line, the same words everywhere.
 *
 * <p>The values travel as key-value pairs too, under the names that they have as journal fields.
 */
public final class EventLog {
  private static final Logger log = LoggerFactory.getLogger("org.kmodkeeper");

  private EventLog() {}

  /** A kernel or driver was seen for the first time, or its verdict is another than before. */
  static void verdictChanged(VerdictChange change) {
    boolean well = change.verdict().bootable();
    MessageId event = well ? MessageId.DRIVER_READY : MessageId.DRIVER_NOT_READY;
    subject(event.in(log.atLevel(well ? Level.INFO : Level.WARN)), change)
        .addKeyValue("VERDICT", change.verdict())
        .log("{}", change.line());
  }

  /**
   * A remedy starts.
   *
   * @param number the attempt number, counted per set of inputs
   */
  static void attemptBegins(Attempt attempt, int number, Path logFile) {
    subject(MessageId.ATTEMPT_BEGINS.in(log.atInfo()), attempt)
        .addKeyValue("REMEDY", attempt.remedy())
        .addKeyValue("ATTEMPT", number)
        .log(
            "{}: remedy {} begins, log {}",
            DriverLine.subject(attempt.kernel(), attempt.driver(), attempt.version()),
            attempt.remedy(),
            logFile);
  }

  /**
   * A remedy ended, successfully or not.
   *
   * @param lastLines the tools' last lines, or nothing
   */
  static void attemptEnded(Attempt attempt, int number, String lastLines) {
    boolean well = attempt.outcome() == Attempt.Outcome.INSTALLED;
    MessageId event = well ? MessageId.ATTEMPT_SUCCEEDED : MessageId.ATTEMPT_FAILED;
    // That a build for another kernel does not fit is no trouble: the kernel's own follows.
    boolean harmless = well || attempt.remedy() == Remedy.STORED;
    LoggingEventBuilder line =
        subject(event.in(log.atLevel(harmless ? Level.INFO : Level.WARN)), attempt)
            .addKeyValue("REMEDY", attempt.remedy())
            .addKeyValue("OUTCOME", attempt.outcome())
            .addKeyValue("ATTEMPT", number)
            .addKeyValue("DURATION_USEC", attempt.took().toNanos() / 1000)
            .addKeyValue("QUOTED", lastLines);
    if (attempt.log() != null) {
      line = line.addKeyValue("BUILD_LOG", attempt.log());
    }
    line.log("{}", attempt.line());
  }

  /** A file of ours cannot be written; work continues. */
  public static void notWritten(IOException refusal) {
    log.warn("cannot write, ignoring: {}", IoErrors.text(refusal));
  }

  /** What was built cannot be stored for other kernels; the driver is ready all the same. */
  public static void notStored(DriverOnKernel cell, IOException failed) {
    log.warn(
        "{}: cannot store the build for other kernels, ignoring: {}", cell, IoErrors.text(failed));
  }

  /** The store may be larger than it should be; that prevents no driver from being made ready. */
  public static void notTrimmed(IOException failed) {
    log.warn("cannot remove old builds from the store, ignoring: {}", IoErrors.text(failed));
  }

  /** A kernel is no longer installed, and our files in its tree were removed. */
  public static void kernelRemoved(Kernel kernel, List<String> removed) {
    MessageId.KERNEL_GONE
        .in(log.atInfo())
        .addKeyValue("KERNEL_RELEASE", kernel)
        .log(
            "kernel {}: no longer installed; removed {}",
            kernel,
            removed.isEmpty() ? "nothing" : String.join(", ", removed));
  }

  /** A module of a removed kernel stays, because other kernels use it. */
  public static void moduleKept(Kernel gone, Path file, List<Path> links) {
    log.atInfo()
        .addKeyValue("KERNEL_RELEASE", gone)
        .log(
            "kernel {}: no longer installed, but {} stays: {} links to it",
            gone,
            file,
            links.stream().map(Path::toString).collect(Collectors.joining(", ")));
  }

  /** The files of removed kernels stay, which does not prevent any driver from being made ready. */
  public static void leftoversKept(IOException refusal) {
    log.warn(
        "cannot find out which kernels are needed, leaving the files of removed ones, ignoring: {}",
        IoErrors.text(refusal));
  }

  /** Copies of removed kernels' modules stay, which costs nothing but their room. */
  public static void copiesKept(IOException refusal) {
    log.warn(
        "cannot remove the copies of removed kernels' own modules, ignoring: {}",
        IoErrors.text(refusal));
  }

  /** Modules that the kernel came with are restored. */
  public static void originalsRestored(Kernel kernel, List<Path> modules) {
    MessageId.BROUGHT_HOME
        .in(log.atInfo())
        .addKeyValue("KERNEL_RELEASE", kernel)
        .log(
            "kernel {}: restored the kernel's own modules that dkms had moved away: {}",
            kernel,
            modules.stream().map(Path::toString).collect(Collectors.joining(", ")));
  }

  /** They stay where they are, which does not prevent any driver from being made ready. */
  public static void originalsNotRestored(Kernel kernel, IOException refusal) {
    log.warn(
        "kernel {}: cannot restore its own modules that dkms has moved away, ignoring: {}",
        kernel,
        IoErrors.text(refusal));
  }

  /** What will become of a driver on an offered kernel is another answer than before. */
  static void answered(PreflightAnswer answer) {
    boolean well = answer.promisesReady();
    LoggingEventBuilder line;
    if (answer.verdict() == Verdict.UNKNOWN) {
      line = log.atInfo();
    } else if (well) {
      line = MessageId.OFFERED_WELL.in(log.atInfo());
    } else {
      line = MessageId.OFFERED_BADLY.in(log.atWarn());
    }
    subject(line, answer).addKeyValue("VERDICT", answer.verdict()).log("{}", answer.line());
  }

  /** What a preflight has answered is not recorded; the next pass tries again. */
  static void answersUnread(IOException unreadable) {
    log.warn("cannot read the answers of preflight, ignoring: {}", IoErrors.text(unreadable));
  }

  private static LoggingEventBuilder subject(LoggingEventBuilder line, HistoryEntry entry) {
    LoggingEventBuilder named =
        line.addKeyValue("KERNEL_RELEASE", entry.kernel()).addKeyValue("DRIVER", entry.driver());
    return entry.version() == null ? named : named.addKeyValue("DRIVER_VERSION", entry.version());
  }
}
