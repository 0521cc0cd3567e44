package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.cli.TestTerminal.KERNEL;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.history.HistoryFile;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.testing.HostFixture;

/** Two drivers that have no headers, and one whose source is gone on purpose. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class LogCommandTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final TestTerminal terminal;
  private final HistoryFile history;

  LogCommandTest(@TempDir Path root) throws IOException {
    terminal =
        new TestTerminal(root)
            .withKernel(KERNEL)
            .withDriver("nic", "")
            .withDriver("disk", "")
            .withDriver("gone", "");
    Files.delete(terminal.paths.sources().resolve("gone-1"));
    history = HistoryFile.open(terminal.paths.history());
  }

  /** A build of that driver failed that many minutes after the start, and printed the text. */
  private Path built(String driver, int minute, String text) throws IOException {
    Path log =
        HostFixture.write(terminal.paths.logs(new Kernel(KERNEL)).resolve(driver + ".log"), text);
    Instant time = START.plus(Duration.ofMinutes(minute));
    Files.setLastModifiedTime(log, FileTime.from(time));
    history.add(
        new Attempt(
            time,
            Duration.ofSeconds(1),
            KERNEL,
            driver,
            "1",
            Remedy.DIRECT,
            Attempt.Outcome.BUILD_FAILED,
            "inputs",
            "it failed",
            log.toString()));
    return log;
  }

  @Test
  void shows_the_newest_log_of_an_unready_driver_after_its_name() throws IOException {
    built("disk", 1, "older\n");
    Path newest = built("nic", 2, "one\ntwo\n");
    built("gone", 3, "not wanted any more\n");

    assertThat(terminal.run("log")).isZero();
    assertThat(terminal.out()).isEqualTo(newest + "\none\ntwo\n");
  }

  @Test
  void shows_the_log_of_a_named_driver() throws IOException {
    Path older = built("disk", 1, "older\n");
    built("nic", 2, "newer\n");

    assertThat(terminal.run("log", "--driver", "disk", "--kernel", "newest")).isZero();
    assertThat(terminal.out()).isEqualTo(older + "\nolder\n");
  }

  @Test
  void shows_the_newest_log_of_all_where_nothing_fails() throws IOException {
    Path log = built("gone", 1, "all well\n");

    assertThat(terminal.run("log", "--driver", "gone")).isZero();
    assertThat(terminal.out()).startsWith(log.toString());
  }

  @Test
  void skips_a_log_that_was_deleted() throws IOException {
    Path older = built("disk", 1, "older\n");
    Files.delete(built("nic", 2, "newer\n"));

    assertThat(terminal.run("log")).isZero();
    assertThat(terminal.out()).startsWith(older.toString());

    Files.delete(older);
    assertThat(terminal.run("log")).isEqualTo(6);
  }

  @Test
  void shows_only_the_last_lines() throws IOException {
    Path log = built("nic", 1, "line\n".repeat(5) + "second to last\nlast");

    assertThat(terminal.run("log", "--lines", "2")).isZero();
    assertThat(terminal.out()).isEqualTo(log + "\nsecond to last\nlast\n");
  }

  @Test
  void reads_only_the_end_of_an_endless_log() throws IOException {
    Path log = built("nic", 1, "first\n");
    Files.writeString(log, "first\n" + "x".repeat(5 << 20) + "\nlast\n");

    assertThat(terminal.run("log", "--lines", "3")).isZero();
    assertThat(terminal.out()).doesNotContain("first").endsWith("x\nlast\n");
  }

  @Test
  void moves_no_cursor_by_what_a_build_has_printed() throws IOException {
    Path log = built("nic", 1, "");
    Files.write(log, new byte[] {'a', 0x1b, '[', '2', 'J', (byte) 0xff, '\r', '\n'});

    assertThat(terminal.run("log")).isZero();
    assertThat(terminal.out()).isEqualTo(log + "\na\\x1b[2J\ufffd\n");
  }
}
