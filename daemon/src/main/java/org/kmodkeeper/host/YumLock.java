package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The lock of yum 3: a file that names a process. yum keeps it until it exits, also while its
 * plugin waits for us, and another yum waits for it to go; dnf lets its locks go before.
 */
public final class YumLock {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);

  private final HostPaths paths;

  public YumLock(HostPaths paths) {
    this.paths = paths;
  }

  /**
   * Returns when nobody holds the lock, or after so long.
   *
   * @param alive called at each look
   * @return the process that holds it still; empty if none does
   */
  public Optional<String> await(Duration longest, Runnable alive)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    Optional<String> holder = holder();
    while (holder.isPresent() && System.nanoTime() < deadline) {
      alive.run();
      Thread.sleep(BETWEEN_LOOKS.toMillis());
      holder = holder();
    }
    return holder;
  }

  private Optional<String> holder() throws IOException {
    try {
      String pid = Files.readString(paths.yumLock(), StandardCharsets.ISO_8859_1).strip();
      // A yum that was killed leaves the file behind, and another program may have the number now.
      return pid.matches("\\d+") && name(pid).contains("yum") ? Optional.of(pid) : Optional.empty();
    } catch (NoSuchFileException free) {
      return Optional.empty();
    }
  }

  private String name(String pid) throws IOException {
    Path comm = paths.processes().resolve(pid).resolve("comm");
    return Files.readString(comm, StandardCharsets.ISO_8859_1);
  }
}
