package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Poll;

/**
 * A dkms that somebody else runs: dkms has no lock, and two at once spoil each other's build
 * directories.
 *
 * <p>Only root's counts, and only this host's own dkms: anybody can name a script so. All is read
 * from what /proc shows of any process: the service has no right to trace root's.
 */
final class DkmsProcesses {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

  /** The effective user is the second of four in /proc/PID/status: proc(5). */
  private static final Pattern OF_ROOT = Pattern.compile("(?m)^Uid:\\s+\\d+\\s+0\\s");

  /** The name of a process that runs the script: the script's own, or its interpreter's. */
  private static final Pattern NAME = Pattern.compile("dkms|[a-z]*sh|env");

  private final HostPaths paths;
  private final CommandRunner runner;

  DkmsProcesses(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  /**
   * Returns when no dkms is running, to be called while none of ours is.
   *
   * @param longest goes on after this time all the same: one that hangs must not keep a driver from
   *     being made ready
   */
  void awaitEnd(Duration longest) throws IOException, InterruptedException {
    new Poll(POLL_INTERVAL, runner.heartbeat()::beat).until(() -> !isAtWork(), longest);
  }

  /**
   * Whether a process builds, installs or removes by dkms; asking for its status does not count.
   */
  boolean isAtWork() throws IOException {
    Optional<Path> dkms = runner.searchPath().find("dkms");
    if (dkms.isEmpty() || !Files.isDirectory(paths.processes())) {
      return false;
    }
    try (Stream<Path> entries = Files.list(paths.processes())) {
      return entries
          .filter(entry -> Character.isDigit(entry.getFileName().toString().charAt(0)))
          .anyMatch(process -> works(process, dkms.get()));
    }
  }

  private static boolean works(Path process, Path dkms) {
    try {
      // The script, by way of its interpreter: /bin/bash /usr/sbin/dkms autoinstall
      List<String> line =
          List.of(
              Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                  .split("\0", -1));
      List<String> words =
          line.stream().skip(1).dropWhile(word -> word.startsWith("-")).limit(2).toList();
      return words.size() == 2
          && words.get(0).endsWith("/dkms")
          && !words.get(1).equals("status")
          && isShellOfRoot(process)
          && isSame(words.get(0), dkms);
    } catch (IOException gone) {
      return false;
    }
  }

  /** Where a relative path leads is not shown without the right to trace the process: it counts. */
  private static boolean isSame(String script, Path dkms) throws IOException {
    return !script.startsWith("/") || Files.isSameFile(dkms.resolveSibling(script), dkms);
  }

  private static boolean isShellOfRoot(Path process) throws IOException {
    return NAME.matcher(Files.readString(process.resolve("comm")).strip()).matches()
        && OF_ROOT.matcher(Files.readString(process.resolve("status"))).find();
  }
}
