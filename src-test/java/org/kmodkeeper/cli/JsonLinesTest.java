package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a program reads of commands that have no fields of their own. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class JsonLinesTest {
  private final TestTerminal terminal;

  JsonLinesTest(@TempDir Path root) throws IOException {
    terminal = new TestTerminal(root).withKernel(TestTerminal.KERNEL).withDriver("nic", "");
  }

  private JsonObject printed() {
    return JsonParser.parseString(terminal.out()).getAsJsonObject();
  }

  @Test
  void prints_what_people_are_shown_and_the_exit_status() throws IOException {
    int status = terminal.run("check");
    List<String> shown = terminal.out().lines().toList();

    terminal.ofType("xterm").with("COLUMNS", "40");
    assertThat(terminal.run("check", "--json")).isEqualTo(status);

    assertThat(printed().keySet())
        .containsExactly("version", "host", "time", "source", "status", "lines");
    assertThat(printed().get("source").getAsString()).isEqualTo("command");
    assertThat(printed().get("status").getAsInt()).isEqualTo(status);
    assertThat(printed().getAsJsonArray("lines"))
        .extracting(line -> line.getAsString())
        .containsExactlyElementsOf(shown);
  }

  @Test
  void prints_the_fields_of_what_boots_next() {
    assertThat(terminal.run("guard", "status", "--json")).isZero();
    assertThat(printed().get("guard").getAsString()).isEqualTo("hold");
    assertThat(printed().get("loader").isJsonNull()).isTrue();
  }

  static List<String> commands() {
    return List.copyOf(TestTerminal.commands().keySet());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void keeps_standard_output_readable_for_every_command_that_fails(String command) {
    assertThat(terminal.run(command, "--json", "--unknown")).isEqualTo(2);

    assertThat(printed().keySet()).containsExactly("version", "host", "time", "error");
    assertThat(terminal.err()).hasLineCount(1);
  }

  @Test
  void prints_the_refusal_of_an_argument_as_an_error() {
    assertThat(terminal.run("takeover", "neither", "--json")).isEqualTo(2);
    assertThat(printed().keySet()).contains("error");
    assertThat(terminal.err()).startsWith("kmodkeeper: takeover neither: expected");
  }
}
