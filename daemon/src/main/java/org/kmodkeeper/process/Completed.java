package org.kmodkeeper.process;

import java.time.Duration;

/**
 * A command that ran and ended.
 *
 * @param stdout what it printed, cut at {@link CommandRunner#OUTPUT_LIMIT}; empty if it was logged
 * @param stderr likewise
 */
public record Completed(
    Command command, Ending ending, Duration took, String stdout, String stderr) {
  /** How a command ended. */
  public sealed interface Ending {}

  /** It exited; 128 + n also stands for signal n, as in a shell. */
  public record Exited(int status) implements Ending {
    @Override
    public String toString() {
      return "exit status " + status;
    }
  }

  /** It was killed past its time limit. */
  public record TimedOut(Duration limit) implements Ending {
    @Override
    public String toString() {
      return "killed after " + limit.toSeconds() + " s";
    }
  }

  /** It was killed because it took up too much of the disk. */
  public record Stopped(String why) implements Ending {
    @Override
    public String toString() {
      return "stopped: " + why;
    }
  }

  /** Whether it exited with status 0. */
  public boolean succeeded() {
    return ending instanceof Exited exited && exited.status() == 0;
  }

  /** The first line of stderr that is not blank, or how it ended: for one-line messages. */
  public String complaint() {
    return stderr
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .findFirst()
        .orElse(ending.toString());
  }
}
