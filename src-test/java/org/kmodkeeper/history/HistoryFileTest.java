package org.kmodkeeper.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.kmodkeeper.testing.Facts.KERNEL;
import static org.kmodkeeper.testing.Facts.attempt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class HistoryFileTest {
  private static final Attempt FIRST = attempt(0, Remedy.DKMS, Outcome.NOTHING_LANDED);
  private static final Attempt SECOND = attempt(1, Remedy.DIRECT, Outcome.BUILD_FAILED);

  private final Path file;

  HistoryFileTest(@TempDir Path directory) {
    file = directory.resolve("state/history.jsonl");
  }

  private HistoryFile open() throws IOException {
    return HistoryFile.open(file);
  }

  private List<Attempt> reloaded() throws IOException {
    return open().attemptsAfter(null, KERNEL, "ixgbevf", "inputs");
  }

  @Test
  void knows_no_attempts_on_a_host_without_a_history() throws IOException {
    assertThat(reloaded()).isEmpty();
    assertThat(open().last(KERNEL, "ixgbevf")).isEmpty();
  }

  @Test
  void remembers_attempts_oldest_first_after_a_restart() throws IOException {
    HistoryFile history = open();
    history.add(FIRST);
    history.add(SECOND);

    assertThat(reloaded()).containsExactly(FIRST, SECOND);
    assertThat(open().last(KERNEL, "ixgbevf")).contains(SECOND);
  }

  @Test
  void writes_an_attempt_in_one_line_whatever_its_detail() throws IOException {
    var attempt =
        new Attempt(
            FIRST.started(),
            Duration.ofMillis(1),
            KERNEL.release(),
            "ixgbevf",
            "1.2",
            Remedy.DKMS,
            Outcome.BUILD_FAILED,
            "inputs",
            "<a> & \"b\"\n…",
            null);
    open().add(attempt);

    assertThat(reloaded()).containsExactly(attempt);
    assertThat(Files.readAllLines(file)).hasSize(1);
  }

  @Test
  void counts_no_attempts_with_other_inputs() throws IOException {
    HistoryFile history = open();
    history.add(FIRST);

    assertThat(history.attemptsAfter(null, KERNEL, "ixgbevf", "changed")).isEmpty();
    assertThat(history.last(KERNEL, "ixgbevf")).contains(FIRST);
  }

  @Test
  void counts_only_attempts_of_the_cell_and_after_the_time() throws IOException {
    HistoryFile history = open();
    history.add(FIRST);
    history.add(SECOND);

    assertThat(history.attemptsAfter(null, new Kernel("6.1.0-2"), "ixgbevf", "inputs")).isEmpty();
    assertThat(history.attemptsAfter(null, KERNEL, "hello", "inputs")).isEmpty();
    assertThat(history.attemptsAfter(FIRST, KERNEL, "ixgbevf", "inputs")).containsExactly(SECOND);
  }

  @Test
  void writes_once_there_is_room_what_a_full_disk_refused() throws IOException {
    HistoryFile history = open();
    Files.createDirectories(file.getParent());
    Files.createSymbolicLink(file, Path.of("/dev/full"));
    assertThatIOException()
        .isThrownBy(() -> history.add(FIRST))
        .withMessage(file + ": No space left on device");
    assertThat(history.last(KERNEL, "ixgbevf")).contains(FIRST);

    Files.delete(file);
    history.add(SECOND);

    assertThat(reloaded()).containsExactly(FIRST, SECOND);
  }

  @Test
  void skips_a_truncated_last_line_but_not_the_next_one() throws IOException {
    HistoryFile history = open();
    history.add(FIRST);
    history.add(SECOND);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 20));

    open().add(SECOND);

    assertThat(reloaded()).containsExactly(FIRST, SECOND);
  }

  @Test
  void starts_despite_a_line_truncated_inside_a_character() throws IOException {
    open().add(FIRST);
    byte[] torn = Arrays.copyOf("{\"detail\":\"…".getBytes(UTF_8), 12);
    Files.write(file, torn, StandardOpenOption.APPEND);

    assertThat(reloaded()).containsExactly(FIRST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "null",
        "42",
        "[]",
        "{}",
        "\0\0\0",
        "{\"started\":\"yesterday\"}",
        "{\"started\":5,\"took\":{}}",
        "{\"started\":\"2026-01-01T00:00:00Z\",\"took\":\"PT1S\",\"kernel\":\"6.1.0-1.el9.x86_64\","
            + "\"driver\":\"ixgbevf\",\"version\":\"1\",\"remedy\":\"MAGIC\","
            + "\"outcome\":\"INSTALLED\",\"inputs\":\"inputs\",\"detail\":\"\"}"
      })
  void lines_of_another_hand_are_passed_over(String line) throws IOException {
    HostFixture.write(file, line + "\n");
    open().add(FIRST);

    assertThat(reloaded()).containsExactly(FIRST);
  }

  @Test
  void skips_a_line_without_what_its_readers_need() throws IOException {
    open().add(FIRST);
    Files.writeString(file, Files.readString(file).replace("\"detail\"", "\"other\""));

    assertThat(reloaded()).isEmpty();
  }

  @Test
  void limits_the_file_and_keeps_the_newest_attempts() throws IOException {
    open().add(FIRST);
    Files.writeString(file, Files.readString(file).repeat(2 * HistoryFile.MAX_ENTRIES));

    open().add(SECOND);

    assertThat(Files.readAllLines(file)).hasSize(HistoryFile.MAX_ENTRIES);
    assertThat(open().last(KERNEL, "ixgbevf")).contains(SECOND);
  }

  @Test
  void remembers_no_more_attempts_than_are_kept() throws IOException {
    open().add(FIRST);
    Files.writeString(file, Files.readString(file).repeat(HistoryFile.MAX_ENTRIES + 10));

    assertThat(reloaded()).hasSize(HistoryFile.MAX_ENTRIES);
  }
}
