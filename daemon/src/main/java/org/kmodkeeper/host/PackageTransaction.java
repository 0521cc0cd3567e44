package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kmodkeeper.process.Poll;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether rpm is in the middle of a transaction.
 *
 * <p>rpm holds a write lock on {@code .rpm.lock} for the length of a transaction, by fcntl(2). The
 * lock is looked up in {@code /proc/locks} (proc_locks(5)): trying to take it would make a starting
 * rpm wait.
 */
public final class PackageTransaction {
  private static final Logger log = LoggerFactory.getLogger(PackageTransaction.class);

  /** Nothing tells when a lock goes; a transaction takes seconds, so this is often enough. */
  private static final Duration POLL_INTERVAL = Duration.ofMillis(250);

  /** One that takes longer may hang, and keeps every driver waiting. */
  private static final Duration REPORT_AFTER = Duration.ofMinutes(1);

  /**
   * {@code 1: POSIX ADVISORY WRITE 708 08:01:9240688 0 EOF}. Not FLOCK: that takes no right to
   * write to the file, so everyone on the host may hold one.
   */
  private static final Pattern WRITE_LOCK =
      Pattern.compile(
          "\\d+: POSIX +\\S+ +WRITE +(?<pid>-?\\d+) (?<device>\\S+:\\S+):(?<inode>\\d+) .*");

  private final HostPaths paths;
  private final Duration reportAfter;

  public PackageTransaction(HostPaths paths) {
    this(paths, REPORT_AFTER);
  }

  /**
   * @param reportAfter a transaction that is waited for longer than this is reported
   */
  PackageTransaction(HostPaths paths, Duration reportAfter) {
    this.paths = paths;
    this.reportAfter = reportAfter;
  }

  /** A process that holds rpm's write lock. */
  private record Holder(Path lock, String pid) {}

  /** Whether some process holds rpm's write lock now. */
  public boolean isRunning() throws IOException {
    return holder().isPresent();
  }

  /**
   * Returns when no transaction is running.
   *
   * @param alive called at each look
   */
  public void awaitEnd(Runnable alive) throws IOException, InterruptedException {
    boolean unused = awaitEnd(Duration.ofNanos(Long.MAX_VALUE), alive);
  }

  /** The same, for {@code timeout} at most; whether none is running then. */
  public boolean awaitEnd(Duration timeout, Runnable alive)
      throws IOException, InterruptedException {
    var poll = new Poll(POLL_INTERVAL, alive);
    boolean reports = timeout.compareTo(reportAfter) > 0;
    boolean ended = poll.until(() -> !isRunning(), reports ? reportAfter : timeout);
    if (!ended && reports) {
      holder().ifPresent(this::report);
      ended = poll.until(() -> !isRunning(), timeout.minus(reportAfter));
    }
    return ended;
  }

  private void report(Holder holder) {
    log.warn(
        "{}: locked by pid {}{} for more than {} s; builds wait until that process ends",
        holder.lock(),
        holder.pid(),
        name(holder.pid()),
        reportAfter.toSeconds());
  }

  private String name(String pid) {
    Path comm = paths.processes().resolve(pid).resolve("comm");
    try {
      return " (" + Files.readString(comm, StandardCharsets.ISO_8859_1).strip() + ")";
    } catch (IOException gone) {
      return "";
    }
  }

  private Optional<Holder> holder() throws IOException {
    if (!Files.isReadable(paths.procLocks())) {
      return Optional.empty();
    }
    List<String> table = Files.readAllLines(paths.procLocks(), StandardCharsets.US_ASCII);
    for (Path lock : paths.rpmLocks()) {
      Optional<Holder> holder = Files.exists(lock) ? holder(lock, table) : Optional.empty();
      if (holder.isPresent()) {
        return holder;
      }
    }
    return Optional.empty();
  }

  private Optional<Holder> holder(Path lock, List<String> table) throws IOException {
    String inode = Files.getAttribute(lock, "unix:ino").toString();
    for (String line : table) {
      Matcher held = WRITE_LOCK.matcher(line);
      boolean same = held.matches() && held.group("inode").equals(inode);
      if (same && isOn(held.group("device"), lock)) {
        return Optional.of(new Holder(lock, held.group("pid")));
      }
    }
    return Optional.empty();
  }

  /**
   * Whether a file is on this device of the lock table. stat(2) does not tell: on btrfs and
   * overlayfs its device is not the filesystem's, proc_pid_mountinfo(5) has that one. A filesystem
   * that is not there may be any.
   */
  private boolean isOn(String device, Path file) throws IOException {
    Path mounts = paths.processes().resolve("self/mountinfo");
    if (!Files.isReadable(mounts)) {
      return true;
    }
    String place = file.toRealPath() + "/";
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    return Files.readAllLines(mounts, StandardCharsets.ISO_8859_1).stream()
        .map(line -> line.split(" ", 6))
        .filter(fields -> place.startsWith(fields[4].equals("/") ? "/" : fields[4] + "/"))
        .reduce((one, next) -> next[4].length() < one[4].length() ? one : next)
        .map(fields -> hexadecimal(fields[2]).equals(device))
        .orElse(true);
  }

  /** A device as proc_locks(5) writes it. */
  private static String hexadecimal(String device) {
    String[] numbers = device.split(":", 2);
    return "%02x:%02x".formatted(Integer.valueOf(numbers[0]), Integer.valueOf(numbers[1]));
  }
}
