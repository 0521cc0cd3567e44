package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CommandLineTest {
  private final Terminal terminal;

  CommandLineTest(@TempDir Path root) {
    terminal = new Terminal(root);
  }

  @Test
  void an_unknown_command_is_answered_with_the_nearest_one() {
    assertThat(terminal.run("stats")).isEqualTo(2);
    assertThat(terminal.err()).contains("'stats'", "Did you mean", "kmodkeeper status");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void an_unknown_option_is_a_usage_error() {
    assertThat(terminal.run("status", "--jsno")).isEqualTo(2);
    assertThat(terminal.err()).contains("--jsno");
  }

  @Test
  void no_command_shows_the_usage() {
    assertThat(terminal.run()).isEqualTo(2);
    assertThat(terminal.err()).contains("no command given", "Usage: kmodkeeper");
  }

  @Test
  void help_names_every_command() {
    assertThat(terminal.run("--help")).isZero();
    assertThat(terminal.out())
        .contains("Usage: kmodkeeper", "status", "wait", "check", "rebuild", "notify");
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "wait", "check", "rebuild", "notify"})
  void every_command_has_a_help_of_its_own(String command) {
    assertThat(terminal.run(command, "--help")).isZero();
    assertThat(terminal.out()).contains("Usage: kmodkeeper " + command);
  }

  @Test
  void the_version_is_told() {
    assertThat(terminal.run("--version")).isZero();
    assertThat(terminal.out()).isEqualTo("kmodkeeper development\n");
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
        .isEqualTo(
            "kmodkeeper: \"../6.1\" is no kernel release; expected one as uname -r prints it\n");
  }
}
