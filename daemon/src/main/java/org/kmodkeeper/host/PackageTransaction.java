package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Whether rpm is in the middle of a transaction.
 *
 * <p>rpm holds a write lock on {@code .rpm.lock} for the length of a transaction. The lock is
 * looked up in {@code /proc/locks} (proc_locks(5)): trying to take it would make a starting rpm
 * wait.
 */
public final class PackageTransaction {
  /** Nothing tells when a lock goes; a transaction takes seconds, so this is often enough. */
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);

  private final HostPaths paths;

  public PackageTransaction(HostPaths paths) {
    this.paths = paths;
  }

  /** Whether some process holds rpm's write lock now. */
  public boolean isRunning() throws IOException {
    if (!Files.isReadable(paths.procLocks())) {
      return false;
    }
    List<String> locks = Files.readAllLines(paths.procLocks(), StandardCharsets.US_ASCII);
    for (Path file : paths.rpmLocks()) {
      if (Files.exists(file) && isWriteLocked(file, locks)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns when no transaction is running.
   *
   * @param alive called at each look
   */
  public void awaitEnd(Runnable alive) throws IOException, InterruptedException {
    while (isRunning()) {
      alive.run();
      Thread.sleep(BETWEEN_LOOKS.toMillis());
    }
  }

  private static boolean isWriteLocked(Path file, List<String> locks) throws IOException {
    Object inode = Files.getAttribute(file, "unix:ino");
    // 1: POSIX  ADVISORY  WRITE 708 08:01:9240688 0 EOF
    // The device is left out: on an overlay stat(2) and the lock tell different ones.
    Pattern held = Pattern.compile(".*\\sWRITE\\s+-?\\d+\\s+\\S+:\\S+:" + inode + "\\s.*");
    return locks.stream().anyMatch(line -> held.matcher(line).matches());
  }
}
