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
    "store",
    "preflight",
    "package",
    "publish",
    "check",
    "wait",
    "report",
    "doctor",
    "keys",
    "adopt",
    "drop",
    "rebuild",
    "prepare",
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
    "repport, report",
    "rebild, rebuild"
  })
  void suggests_the_nearest_command_for_an_unknown_one(String typed, String meant) {
    assertThat(terminal.run(typed, "--json")).isEqualTo(2);
    assertThat(terminal.err())
        .startsWith("kmodkeeper: unknown command '" + typed + "'; did you mean " + meant)
        .endsWith("? See 'kmodkeeper --help'\n")
        .hasLineCount(1);
    assertThat(terminal.out()).contains("\"error\"");
  }

  @ParameterizedTest
  @CsvSource({
    "status, --jsno, --json",
    "status, --wach, --watch",
    "check, --kernal, --kernel",
    "rebuild, --drvier, --driver",
    "notify, --hedaers, --headers"
  })
  void suggests_the_nearest_option_for_an_unknown_one(String command, String typed, String meant) {
    assertThat(terminal.run(command, typed)).isEqualTo(2);
    assertThat(terminal.err())
        .startsWith("kmodkeeper: unknown option '" + typed + "'; did you mean " + meant)
        .endsWith("? See 'kmodkeeper " + command + " --help'\n")
        .hasLineCount(1);
  }

  @Test
  void suggests_nothing_for_a_word_that_is_like_none() {
    assertThat(terminal.run("status", "now")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: unknown argument 'now'; see 'kmodkeeper status --help'\n");
  }

  @Test
  void lists_the_commands_if_none_is_given() {
    assertThat(terminal.run()).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo(
            """
            kmodkeeper: no command given; there are %s; see 'kmodkeeper --help'
            """
                .formatted(String.join(", ", COMMANDS)));
  }

  @Test
  void lists_every_command_and_every_exit_status_in_the_help() {
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
  void has_a_help_with_examples_for_every_command(String command) {
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
  void prints_the_version_for_every_command(String command) {
    assertThat(terminal.run(command, "--version")).isZero();
    assertThat(terminal.out()).isEqualTo("kmodkeeper development\n");
  }

  @Test
  void prints_the_version() {
    assertThat(terminal.run("--version")).isZero();
    assertThat(terminal.out()).isEqualTo("kmodkeeper development\n");
  }

  @Test
  void names_what_is_missing() {
    assertThat(terminal.run("explain")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: Missing required parameter: 'KERNEL'; see 'kmodkeeper explain --help'\n");
  }

  @ParameterizedTest
  @CsvSource({
    "history, --limit, 0, expected a number from 1 to 2000",
    "history, --limit, 2001, expected a number from 1 to 2000",
    "log, --lines, 0, expected a number from 1 to 10000",
    "log, --lines, 10001, expected a number from 1 to 10000"
  })
  void names_the_range_of_a_number_that_is_out_of_it(
      String command, String option, String number, String expected) {
    assertThat(terminal.run(command, option, number)).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: " + option + " " + number + ": " + expected + "\n");
  }

  @Test
  void refuses_an_empty_directory_to_adopt() {
    assertThat(terminal.run("adopt", "--directory", "", "nic-1.2.tar.gz")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: --directory \"\": expected a directory in SOURCE\n");
  }

  @Test
  void takes_a_value_that_is_a_commands_name_for_a_value() {
    assertThat(terminal.run("rebuild", "--driver", "status")).isEqualTo(3);
  }

  @Test
  void refuses_a_negative_time_out() {
    assertThat(terminal.run("wait", "--timeout", "-1")).isEqualTo(2);
    assertThat(terminal.err()).isEqualTo("kmodkeeper: --timeout -1: expected 0 or more seconds\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "1.5", "99999999999"})
  void refuses_a_time_out_that_is_not_a_number(String seconds) {
    assertThat(terminal.run("wait", "--timeout", seconds)).isEqualTo(2);
    assertThat(terminal.err()).contains("--timeout", seconds);
  }

  @Test
  void sends_no_invalid_release() {
    assertThat(terminal.run("notify", "--installed", "../6.1")).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: \"../6.1\" is not a kernel release as uname -r prints it\n");
  }
}
