package org.kmodkeeper.tools;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.Heartbeat;

/**
 * A dkms that another hand runs: dkms has no lock of its own, and two at once spoil each other's
 * build directories.
 */
final class ForeignDkms {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  private final HostPaths paths;
  private final Heartbeat heartbeat;

  ForeignDkms(HostPaths paths, Heartbeat heartbeat) {
    this.paths = paths;
    this.heartbeat = heartbeat;
  }

  /**
   * Returns when no dkms is at work, to be called while none of ours is.
   *
   * @param longest goes on after this time all the same: one that hangs must not keep a driver from
   *     being made ready
   */
  void awaitEnd(Duration longest) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (isAtWork() && System.nanoTime() < deadline) {
      heartbeat.beat();
      Thread.sleep(BETWEEN_LOOKS.toMillis());
    }
  }

  /** Whether a process builds, installs or removes by dkms; asking it for its status is no work. */
  boolean isAtWork() throws IOException {
    if (!Files.isDirectory(paths.processes())) {
      return false;
    }
    try (Stream<Path> entries = Files.list(paths.processes())) {
      return entries
          .filter(entry -> Character.isDigit(entry.getFileName().toString().charAt(0)))
          .anyMatch(ForeignDkms::works);
    }
  }

  private static boolean works(Path process) {
    String[] words;
    try {
      byte[] line = Files.readAllBytes(process.resolve("cmdline"));
      words = new String(line, StandardCharsets.ISO_8859_1).split("\0", -1);
    } catch (IOException gone) {
      return false;
    }
    // The script, by way of its interpreter: /bin/bash /usr/sbin/dkms autoinstall
    boolean script = words.length > 2 && words[0].endsWith("sh") && words[1].endsWith("/dkms");
    return script && !words[2].equals("status");
  }
}
