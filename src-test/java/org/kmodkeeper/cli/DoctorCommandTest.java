package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.cli.TestTerminal.KERNEL;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DoctorCommandTest {
  private static final String INSTALL = "dnf install 'kernel-devel-uname-r = " + KERNEL + "'";

  private final TestTerminal terminal;

  DoctorCommandTest(@TempDir Path root) throws IOException {
    terminal = new TestTerminal(root).withKernel(KERNEL).withDriver("nic", "");
  }

  @Test
  void shows_a_problem_above_the_command_that_fixes_it() {
    assertThat(terminal.run("doctor")).isEqualTo(7);
    assertThat(terminal.out())
        .contains(
            "bad      headers        kernel "
                + KERNEL
                + ": not installed\n"
                + " ".repeat(24)
                + "fix: "
                + INSTALL
                + "\n")
        .contains("ok       configuration  " + terminal.paths.configuration() + ": 1 driver\n")
        .containsPattern("\n\\d+ of \\d+ checks failed\\.\n$");
    assertThat(terminal.err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "LANG, en_US.UTF-8, ✗",
    "LC_ALL, C.utf8, ✗",
    "LANG, en_US.ISO-8859-1, bad",
    "LANG, C, bad"
  })
  void shows_signs_on_a_terminal_that_can(String variable, String locale, String mark)
      throws IOException {
    terminal.ofType("xterm").with("NO_COLOR", "1").with(variable, locale).run("doctor");

    assertThat(terminal.out()).containsPattern("(?m)^" + mark + " +headers ");
  }

  @Test
  void prefers_the_locale_for_all_to_others() throws IOException {
    terminal.ofType("xterm").with("LC_ALL", "C").with("LANG", "en_US.UTF-8").run("doctor");

    assertThat(terminal.out()).doesNotContain("✗");
  }

  @Test
  void writes_words_to_a_file_in_any_locale() {
    terminal.with("LANG", "en_US.UTF-8").run("doctor");

    assertThat(terminal.out()).isASCII();
  }

  @Test
  void never_wraps_a_command_that_is_to_be_copied() throws IOException {
    terminal.ofType("dumb").with("COLUMNS", "40").run("doctor");

    assertThat(terminal.out().lines()).anyMatch(line -> line.endsWith("fix: " + INSTALL));
  }

  @Test
  void prints_the_same_as_JSON_for_programs() {
    assertThat(terminal.run("doctor", "--json")).isEqualTo(7);
    JsonObject all = JsonParser.parseString(terminal.out()).getAsJsonObject();
    assertThat(all.keySet())
        .containsExactly("version", "host", "time", "source", "healthy", "checks");
    assertThat(all.get("source").getAsString()).isEqualTo("disk");
    assertThat(all.get("healthy").getAsBoolean()).isFalse();
    JsonObject headers =
        all.getAsJsonArray("checks").asList().stream()
            .map(JsonElement::getAsJsonObject)
            .filter(one -> one.get("check").getAsString().equals("headers"))
            .findFirst()
            .orElseThrow();
    assertThat(headers.keySet()).containsExactly("check", "state", "text", "cure");
    assertThat(headers.get("state").getAsString()).isEqualTo("bad");
    assertThat(headers.get("cure").getAsString()).isEqualTo(INSTALL);
  }
}
