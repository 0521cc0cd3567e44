package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CommandLineTest {
  private static final String[] COMMANDS = {
    "status",
    "explain",
    "log",
    "history",
    "check",
    "wait",
    "report",
    "doctor",
    "adopt",
    "drop",
    "rebuild",
    "guard",
    "takeover",
    "notify"
  };

  private final TestTerminal terminal;

  CommandLineTest(@TempDir Path root) {
    terminal = new TestTerminal(root);
  }

  @ParameterizedTest
  @CsvSource({
    "stats, status",
    "expalin, explain",
    "hist, history",
    "reprot, report",
    "rebild, rebuild"
  })
  void an_unknown_command_is_answered_with_the_nearest_one(String typed, String meant) {
    assertThat(terminal.run(typed, "--json")).isEqualTo(2);
    assertThat(terminal.err())
        .startsWith("kmodkeeper: unknown command '" + typed + "'; did you mean " + meant)
        .endsWith("kmodkeeper: 'kmodkeeper --help' shows them\n");
    assertThat(terminal.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "status, --jsno, --json",
    "status, --wach, --watch",
    "check, --kernal, --kernel",
    "rebuild, --drvier, --driver",
    "notify, --hedaers, --headers"
  })
  void an_unknown_option_is_answered_with_the_nearest_one(
      String command, String typed, String meant) {
    assertThat(terminal.run(command, typed)).isEqualTo(2);
    assertThat(terminal.err())
        .startsWith("kmodkeeper: unknown option '" + typed + "'; did you mean " + meant)
        .endsWith("kmodkeeper: 'kmodkeeper " + command + " --help' shows them\n");
  }

  @Test
  void what_is_like_nothing_is_answered_without_a_guess() {
    assertThat(terminal.run("status", "now")).isEqualTo(2);
    assertThat(terminal.err()).startsWith("kmodkeeper: unknown argument 'now'\n");
  }

  @Test
  void no_command_names_those_that_there_are() {
    assertThat(terminal.run()).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo(
            """
            kmodkeeper: no command given; there are %s
            kmodkeeper: 'kmodkeeper --help' shows them
            """
                .formatted(String.join(", ", COMMANDS)));
  }

  @Test
  void help_names_every_command_and_every_exit_status() {
    assertThat(terminal.run("--help")).isZero();
    assertThat(terminal.out()).contains(COMMANDS).contains("Examples:");
    assertThat(ExitStatus.table().keySet())
        .allSatisfy(status -> assertThat(terminal.out()).containsPattern("(?m)^  " + status + " "));
  }

  static String[] commands() {
    return COMMANDS;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_command_has_a_help_of_its_own_with_examples(String command) {
    assertThat(terminal.run(command, "--help")).isZero();
    assertThat(terminal.out())
        .contains("Usage: kmodkeeper " + command, "Examples:\n  ", "kmodkeeper " + command);
    assertThat(terminal.out().lines()).allMatch(line -> line.length() <= 80);
    assertThat(terminal.err()).isEmpty();
    String help = terminal.out();

    assertThat(terminal.run("help", command)).isZero();
    assertThat(terminal.out()).isEqualTo(help);
  }

  /** With adopt, --version is the driver's. */
  static String[] commandsWithVersion() {
    return Arrays.stream(COMMANDS).filter(name -> !name.equals("adopt")).toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("commandsWithVersion")
  void every_command_tells_the_version(String command) {
    assertThat(terminal.run(command, "--version")).isZero();
    assertThat(terminal.out()).isEqualTo("kmodkeeper development\n");
  }

  @Test
  void the_version_is_told() {
    assertThat(terminal.run("--version")).isZero();
    assertThat(terminal.out()).isEqualTo("kmodkeeper development\n");
  }

  @Test
  void what_is_missing_is_named() {
    assertThat(terminal.run("explain")).isEqualTo(2);
    assertThat(terminal.err()).startsWith("kmodkeeper: Missing required parameter: 'KERNEL'\n");
  }

  @ParameterizedTest
  @CsvSource({
    "history, --limit, 0, expected a number from 1 to 2000",
    "history, --limit, 2001, expected a number from 1 to 2000",
    "log, --lines, 0, expected a number from 1 to 10000",
    "log, --lines, 10001, expected a number from 1 to 10000"
  })
  void a_number_out_of_range_is_told_with_the_range(
      String command, String option, String number, String expected) {
    assertThat(terminal.run(command, option, number)).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: " + option + " " + number + ": " + expected + "\n");
  }

  @Test
  void an_empty_directory_to_adopt_is_a_usage_error() {
    assertThat(terminal.run("adopt", "--directory", "", "nic-1.2.tar.gz")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: --directory \"\": expected a directory in SOURCE\n");
  }

  @Test
  void a_value_that_is_a_commands_name_is_a_value() {
    assertThat(terminal.run("rebuild", "--driver", "status")).isEqualTo(3);
  }

  @Test
  void a_negative_time_out_is_a_usage_error() {
    assertThat(terminal.run("wait", "--timeout", "-1")).isEqualTo(2);
    assertThat(terminal.err()).isEqualTo("kmodkeeper: --timeout -1: expected 0 or more seconds\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "1.5", "99999999999"})
  void a_time_out_that_is_no_number_is_a_usage_error(String seconds) {
    assertThat(terminal.run("wait", "--timeout", seconds)).isEqualTo(2);
    assertThat(terminal.err()).contains("--timeout", seconds);
  }

  @Test
  void a_release_that_is_none_is_not_sent() {
    assertThat(terminal.run("notify", "--installed", "../6.1")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: \"../6.1\" is not a kernel release as uname -r prints it\n");
  }
}
