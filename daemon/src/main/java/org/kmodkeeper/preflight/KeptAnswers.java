package org.kmodkeeper.preflight;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.history.PreflightFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

/** The answers of this preflight and, where it has none, of those before; each is kept at once. */
final class KeptAnswers {
  /** After this time a build that failed is tried again: compilers change as well. */
  private static final Duration RENEWAL = Duration.ofDays(7);

  /** What another try with the same source may well not come to again. */
  private static final Set<Verdict> TRANSIENT =
      EnumSet.of(Verdict.READY, Verdict.UNKNOWN, Verdict.NO_COMPILER);

  /** Says nothing of the source. */
  private static final Set<Verdict> UNTRIED =
      EnumSet.of(Verdict.UNKNOWN, Verdict.NO_COMPILER, Verdict.NO_HEADERS);

  private final PreflightFile file;
  private final Clock clock;
  private final Map<DriverOnKernel, PreflightAnswer> answers = new LinkedHashMap<>();
  private @Nullable Kernel stays;

  private KeptAnswers(PreflightFile file, Clock clock) {
    this.file = file;
    this.clock = clock;
  }

  static KeptAnswers open(HostPaths paths, Clock clock) throws IOException {
    var kept = new KeptAnswers(new PreflightFile(paths), clock);
    kept.file.read().forEach(answer -> kept.answers.put(answer.cell(), answer));
    return kept;
  }

  /** What boots next while an offered kernel is not ready; null if that is not known. */
  void nextBootStays(@Nullable Kernel kernel) {
    stays = kernel;
  }

  /** Forgets all others: they are no longer offered, or no longer managed. */
  void retain(Collection<DriverOnKernel> cells) {
    answers.keySet().retainAll(cells);
  }

  /**
   * Keeps an answer, unless a deeper look at the same driver has come to another, or one has shown
   * that it is of no use and this one has shown nothing.
   */
  void put(PreflightAnswer answer) {
    @Nullable PreflightAnswer known = answers.get(answer.cell());
    boolean isKnownBetter =
        known != null
            && answer.verdict() != Verdict.READY
            && known.verdict() != Verdict.READY
            && known.inputs().equals(answer.inputs())
            && (known.depth().compareTo(answer.depth()) > 0
                || (UNTRIED.contains(answer.verdict()) && known.speaksAgainst()));
    if (!isKnownBetter) {
      answers.put(answer.cell(), answer);
    }
  }

  /** Keeps an answer, if there is none yet. */
  void putIfAbsent(PreflightAnswer answer) {
    answers.putIfAbsent(answer.cell(), answer);
  }

  /** What a build for the kernel came to when that was tried last, with the same source. */
  Optional<PreflightAnswer> built(Candidate candidate, Kernel kernel) {
    @Nullable PreflightAnswer known =
        answers.get(new DriverOnKernel(kernel, candidate.driver().name()));
    return Optional.ofNullable(known)
        .filter(answer -> answer.depth() == Depth.BUILD)
        .filter(answer -> !TRANSIENT.contains(answer.verdict()))
        .filter(answer -> answer.verdict() != Verdict.MISSING || !stores(candidate))
        .filter(answer -> answer.inputs().equals(candidate.inputs()))
        .filter(answer -> answer.at().plus(RENEWAL).isAfter(clock.instant()));
  }

  /** Then what compiles is stored, and the answer is another than that it does. */
  private static boolean stores(Candidate candidate) {
    return candidate.policy().remedies().contains(Remedy.STORED);
  }

  /** Writes all of them. */
  void write() throws IOException {
    file.write(
        List.copyOf(answers.values()), stays == null ? null : stays.release(), clock.instant());
  }
}
