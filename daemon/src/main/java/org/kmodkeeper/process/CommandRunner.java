package org.kmodkeeper.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands, each as the leader of its own session and process group.
 *
 * <p>A child gets a small fixed environment: nothing of the daemon's own leaks into a build.
 */
public final class CommandRunner {
  /** How much of each of stdout and stderr is kept, in bytes; the rest is read and dropped. */
  public static final int MAX_OUTPUT = 1 << 20;

  // util-linux; it calls setsid(2) and then becomes the program: the pid stays the same.
  private static final String SETSID = "/usr/bin/setsid";

  /** How long the output of a killed group may take to arrive; one that left it is not awaited. */
  private static final Duration LAST_OUTPUT_TIMEOUT = Duration.ofMillis(500);

  private final SearchPath searchPath;
  private final Heartbeat heartbeat;

  public CommandRunner(SearchPath searchPath) {
    this(searchPath, Heartbeat.NONE);
  }

  /**
   * @param heartbeat beats while a thread waits for its command
   */
  public CommandRunner(SearchPath searchPath, Heartbeat heartbeat) {
    this.searchPath = searchPath;
    this.heartbeat = heartbeat;
  }

  /** Beats while a thread waits for its command. */
  public Heartbeat heartbeat() {
    return heartbeat;
  }

  /** Where programs are looked for. */
  public SearchPath searchPath() {
    return searchPath;
  }

  /**
   * Runs the command to its end. What a logged command left in the background ends with it; what
   * another one left may hold on to its output until the limit.
   *
   * @throws IOException if it could not be started; a non-zero exit is a value, not an exception
   * @throws InterruptedException if this thread was interrupted; the whole process group is gone
   */
  public Completed run(Command command) throws IOException, InterruptedException {
    return run(command, null);
  }

  /**
   * Runs a logged command that may be foreign code: what it takes up on disk is bounded.
   *
   * @param outputs files to which it prints besides its log
   */
  public Completed runBounded(Command command, List<Path> outputs)
      throws IOException, InterruptedException {
    List<Path> all = new ArrayList<>(outputs);
    all.add(Objects.requireNonNull(command.log()));
    return run(command, new DiskBounds(all, command.directory()));
  }

  private Completed run(Command command, @Nullable DiskBounds bounds)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process = start(command);
    var group = new ProcessGroup(process);
    try {
      process.getOutputStream().close();
      var stdout = Output.of(process.getInputStream());
      var stderr = Output.of(process.getErrorStream());
      Completed.Ending ending = awaitEnd(process, command.limit(), bounds);
      boolean exited = ending instanceof Completed.Exited;
      Duration left = command.limit().minusNanos(System.nanoTime() - start);
      if (!exited || command.log() != null || !stdout.awaitEnd(left) || !stderr.awaitEnd(left)) {
        group.kill();
        stdout.awaitEnd(LAST_OUTPUT_TIMEOUT);
        stderr.awaitEnd(LAST_OUTPUT_TIMEOUT);
      }
      if (bounds != null) {
        bounds.trim();
      }
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      return new Completed(command, ending, took, stdout.text(), stderr.text());
    } catch (InterruptedException | IOException | RuntimeException stop) {
      group.kill();
      throw stop;
    }
  }

  private Completed.Ending awaitEnd(Process process, Duration limit, @Nullable DiskBounds bounds)
      throws IOException, InterruptedException {
    long longest = heartbeat.interval().toNanos();
    if (bounds != null) {
      longest = Math.min(longest, DiskBounds.INTERVAL.toNanos());
    }
    long deadline = System.nanoTime() + limit.toNanos();
    for (long left = limit.toNanos(); left > 0; left = deadline - System.nanoTime()) {
      boolean exited = process.waitFor(Math.min(left, longest), TimeUnit.NANOSECONDS);
      heartbeat.beat();
      if (exited) {
        return new Completed.Exited(process.exitValue());
      }
      Optional<String> exceeded = bounds == null ? Optional.empty() : bounds.exceeded();
      if (exceeded.isPresent()) {
        return new Completed.Stopped(exceeded.get());
      }
    }
    return new Completed.TimedOut(limit);
  }

  private Process start(Command command) throws IOException {
    String program = command.argv().get(0);
    Path found =
        searchPath
            .find(program)
            .orElseThrow(() -> new IOException(program + ": not found in " + searchPath));
    Stream<String> arguments = command.argv().stream().skip(1);
    List<String> argv =
        Stream.concat(Stream.of(SETSID, found.toString()), arguments).collect(Collectors.toList());
    var builder = new ProcessBuilder(argv);
    Path directory = command.directory();
    builder.directory(directory == null ? new File("/") : directory.toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", searchPath.toString());
    environment.put("LC_ALL", "C");
    environment.put("HOME", "/root");
    environment.putAll(command.environment());
    Path log = command.log();
    if (log != null) {
      builder.redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    }
    return builder.start();
  }
}
