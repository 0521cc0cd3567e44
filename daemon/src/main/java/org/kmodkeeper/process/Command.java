package org.kmodkeeper.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A program with its arguments; nearer to execve(2) than to system(3).
 *
 * @param environment added to the runner's own small environment
 * @param directory where it runs, or null for {@code /}
 * @param limit it is killed with its whole process group past this time
 * @param log file to which stdout and stderr are appended, or null to capture them
 */
public record Command(
    List<String> argv,
    Map<String, String> environment,
    @Nullable Path directory,
    Duration limit,
    @Nullable Path log) {
  private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(60);

  public Command {
    argv = List.copyOf(argv);
    environment = Map.copyOf(environment);
    if (argv.isEmpty()) {
      throw new IllegalArgumentException("a command needs a program");
    }
  }

  /** A command whose output is captured, with a time limit of one minute. */
  public static Command of(String... argv) {
    return of(List.of(argv));
  }

  /** A command whose output is captured, with a time limit of one minute. */
  public static Command of(List<String> argv) {
    return new Command(argv, Map.of(), null, QUERY_TIMEOUT, null);
  }

  /** Another program by which this one is run. */
  public Command by(List<String> wrapper) {
    var all = new ArrayList<>(wrapper);
    all.addAll(argv);
    return new Command(all, environment, directory, limit, log);
  }

  public Command in(Path where) {
    return new Command(argv, environment, where, limit, log);
  }

  public Command within(Duration longest) {
    return new Command(argv, environment, directory, longest, log);
  }

  public Command loggingTo(Path file) {
    return new Command(argv, environment, directory, limit, file);
  }

  public Command with(String variable, String value) {
    var more = new TreeMap<>(environment);
    more.put(variable, value);
    return new Command(argv, more, directory, limit, log);
  }

  /** The program's name, without its directory. */
  public String program() {
    String first = argv.get(0);
    return first.substring(first.lastIndexOf('/') + 1);
  }

  /** The command line for people to read; not for a shell. */
  @Override
  public String toString() {
    return String.join(" ", argv);
  }
}
