package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The lock of yum 3: a file that names a process. yum keeps it until it exits, also while its
 * plugin waits for us, and another yum waits for it to go; dnf lets its locks go before.
 */
public final class YumLock {
  private final HostPaths paths;

  public YumLock(HostPaths paths) {
    this.paths = paths;
  }

  /**
   * A yum that runs.
   *
   * @param since when it took the lock
   */
  public record Holder(long pid, Instant since) {
    /** Whether this process was started by it, directly or not: it may be waiting for us. */
    public boolean isOurAncestor() {
      return Stream.iterate(
              ProcessHandle.current().parent(),
              Optional::isPresent,
              child -> child.flatMap(ProcessHandle::parent))
          .flatMap(Optional::stream)
          .anyMatch(ancestor -> ancestor.pid() == pid);
    }

    @Override
    public String toString() {
      return "yum (pid " + pid + ")";
    }
  }

  /**
   * Who holds the lock. A lock that cannot be read holds nobody up: yum itself waits for its lock.
   */
  public Optional<Holder> holder() {
    Path lock = paths.yumLock();
    try {
      String pid = Files.readString(lock, StandardCharsets.ISO_8859_1).strip();
      Instant since = Files.getLastModifiedTime(lock).toInstant();
      // A yum that was killed leaves the file behind, and another program may have the number now.
      return pid.matches("\\d{1,9}") && name(pid).contains("yum")
          ? Optional.of(new Holder(Long.parseLong(pid), since))
          : Optional.empty();
    } catch (IOException goneOrUnreadable) {
      return Optional.empty();
    }
  }

  private String name(String pid) throws IOException {
    Path comm = paths.processes().resolve(pid).resolve("comm");
    return Files.readString(comm, StandardCharsets.ISO_8859_1);
  }
}
