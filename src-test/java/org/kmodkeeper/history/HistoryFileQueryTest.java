package org.kmodkeeper.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.model.VerdictChange;

@DisplayNameGeneration(ReplaceUnderscores.class)
class HistoryFileQueryTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final Kernel KERNEL = new Kernel("5.14.0-1.el9.x86_64");

  private final Path directory;

  HistoryFileQueryTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private HistoryFile open() throws IOException {
    return HistoryFile.open(directory.resolve("history.jsonl"));
  }

  private static VerdictChange verdict(Verdict verdict) {
    return new VerdictChange(
        NOON, KERNEL.release(), "ixgbevf", "4.18.7", verdict, null, "detail", null);
  }

  private static Attempt attempt(String driver) {
    return new Attempt(
        NOON,
        Duration.ofSeconds(3),
        KERNEL.release(),
        driver,
        "1.0",
        Remedy.DIRECT,
        Attempt.Outcome.BUILD_FAILED,
        "inputs",
        "a.c:1: error",
        "/log");
  }

  private static Attempt built(Remedy remedy, Attempt.Outcome outcome, int seconds) {
    Attempt one = attempt("ixgbevf");
    return new Attempt(
        one.started(),
        Duration.ofSeconds(seconds),
        "6.1." + seconds,
        one.driver(),
        one.version(),
        remedy,
        outcome,
        one.inputs(),
        one.detail(),
        one.log());
  }

  @Test
  void takes_the_median_of_builds_that_worked_as_usual() throws IOException {
    HistoryFile history = open();
    for (int seconds : List.of(9, 300, 11, 20, 10)) {
      history.add(built(Remedy.DIRECT, Attempt.Outcome.INSTALLED, seconds));
    }
    history.add(built(Remedy.DIRECT, Attempt.Outcome.BUILD_FAILED, 1));
    history.add(built(Remedy.DIRECT, Attempt.Outcome.BUILD_FAILED, 2));
    history.add(built(Remedy.DKMS, Attempt.Outcome.INSTALLED, 3));

    assertThat(history.usual("ixgbevf", Remedy.DIRECT)).contains(Duration.ofSeconds(11));
    assertThat(history.usual("ixgbevf", Remedy.DKMS)).contains(Duration.ofSeconds(3));
    assertThat(history.usual("hello", Remedy.DIRECT)).isEmpty();
  }

  @Test
  void lists_verdicts_and_attempts_in_order_after_a_restart() throws IOException {
    HistoryFile before = open();
    before.add(verdict(Verdict.MISSING));
    before.add(attempt("ixgbevf"));
    before.add(verdict(Verdict.BUILD_FAILED));

    HistoryFile after = open();

    assertThat(after.entries(null, null, 10))
        .containsExactly(
            verdict(Verdict.MISSING), attempt("ixgbevf"), verdict(Verdict.BUILD_FAILED));
    assertThat(after.lastVerdict(KERNEL, "ixgbevf")).contains(Verdict.BUILD_FAILED);
    assertThat(after.last(KERNEL, "ixgbevf")).contains(attempt("ixgbevf"));
  }

  @Test
  void lists_only_what_was_asked_for_and_the_newest_of_it() throws IOException {
    HistoryFile history = open();
    history.add(verdict(Verdict.MISSING));
    history.add(attempt("hello"));
    history.add(verdict(Verdict.READY));

    assertThat(history.entries(null, "ixgbevf", 1)).containsExactly(verdict(Verdict.READY));
    assertThat(history.entries(KERNEL.release(), "hello", 5)).containsExactly(attempt("hello"));
    assertThat(history.entries("other", null, 5)).isEmpty();
  }

  @Test
  void skips_a_truncated_line_but_not_the_next_one() throws IOException {
    HistoryFile before = open();
    before.add(verdict(Verdict.MISSING));
    String line = HistoryJson.print(verdict(Verdict.READY));
    Files.writeString(
        directory.resolve("history.jsonl"), line.substring(0, 40), StandardOpenOption.APPEND);

    open().add(attempt("ixgbevf"));

    assertThat(open().entries(null, null, 10))
        .containsExactly(verdict(Verdict.MISSING), attempt("ixgbevf"));
  }

  @Test
  void shows_a_line_as_in_the_journal() {
    assertThat(attempt("ixgbevf").line())
        .isEqualTo(
            "kernel 5.14.0-1.el9.x86_64: driver ixgbevf 1.0: remedy direct ended after 3 s: "
                + "build-failed: a.c:1: error");
  }
}
