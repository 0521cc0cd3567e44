package org.kmodkeeper.remedy;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.BuildSpace;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Verdict;

/** One way to make a driver ready. */
public interface RemedyAction {
  /**
   * Tries to make the driver ready.
   *
   * @return how it went as far as the tools tell; the disk has the last word
   * @throws InterruptedException if the daemon is stopping; no process is left, nothing is
   *     half-installed
   */
  Result apply(Job job) throws IOException, InterruptedException;

  /**
   * Where the steps of the build show while it runs.
   *
   * @param log that of the job
   */
  default BuildLog steps(Driver driver, BuildLog log) {
    return log;
  }

  /**
   * Whether it worked, as the disk tells after it ran: a build has done its part if what is still
   * wrong no build can fix.
   *
   * @return what is there now, in one line; empty if it did not work
   */
  default Optional<String> verify(Observation after, Verdict verdict) {
    boolean stands = verdict == Verdict.READY || (!verdict.needsBuild() && allOurs(after));
    return stands && !after.borrows() ? Optional.of(files(after)) : Optional.empty();
  }

  /** The files that are ours now, for a remedy that has built them. */
  static String files(Observation after) {
    return after.modules().stream()
        .map(module -> Objects.requireNonNull(module.ours()).path().toString())
        .collect(Collectors.joining(", "));
  }

  /** Whether each module has a file of ours. */
  static boolean allOurs(Observation after) {
    return !after.modules().isEmpty()
        && after.modules().stream().allMatch(module -> module.ours() != null);
  }

  /**
   * What is to be done.
   *
   * @param observation has a driver, headers and a compiler
   * @param timeout after which a build is killed
   * @param log where all output goes
   */
  record Job(Observation observation, Rebuild rebuild, Duration timeout, BuildLog log) {
    /** What its build gets of processor and disk. */
    BuildSpace.Priority priority() {
      return rebuild == Rebuild.WHEN_IDLE ? BuildSpace.Priority.IDLE : BuildSpace.Priority.LOW;
    }
  }

  /**
   * What the tools reported.
   *
   * @param detail one line: why
   */
  record Result(Attempt.Outcome outcome, String detail) {}

  /** What was at fault: the source with this kernel, or a host with too little time or room. */
  enum Blame {
    SOURCE,
    HOST
  }

  /** A step failed; the message is the attempt's detail. */
  final class Failed extends Exception {
    private final Attempt.Outcome outcome;
    private final Blame blame;

    Failed(Attempt.Outcome outcome, String detail) {
      this(outcome, detail, Blame.SOURCE);
    }

    Failed(Attempt.Outcome outcome, String detail, Blame blame) {
      super(detail);
      this.outcome = outcome;
      this.blame = blame;
    }

    /** Whether it says nothing of the driver's source. */
    boolean blamesHost() {
      return blame == Blame.HOST;
    }

    Result result() {
      return new Result(outcome, String.valueOf(getMessage()));
    }
  }
}
