package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a program reads of a command that fails. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class JsonFailureTest {
  private final TestTerminal terminal;

  JsonFailureTest(@TempDir Path root) throws IOException {
    terminal = new TestTerminal(root).withKernel(TestTerminal.KERNEL).withDriver("nic", "");
  }

  private JsonObject printed() {
    return JsonParser.parseString(terminal.out()).getAsJsonObject();
  }

  @ParameterizedTest
  @CsvSource({
    "status --watch --json, 3",
    "status --json --kernel 7.0, 6",
    "status --json --driver none, 6",
    "explain --json 7.0, 6",
    "history --json --limit 0, 2",
    "status --json --wach, 2",
    "explain --json, 2",
    "status now --json, 2"
  })
  void prints_the_reason_and_the_exit_status(String typed, int status) {
    assertThat(terminal.run(typed.split(" "))).isEqualTo(status);

    assertThat(printed().keySet()).containsExactly("version", "host", "time", "error");
    JsonObject error = printed().getAsJsonObject("error");
    assertThat(error.keySet()).containsExactly("status", "message");
    assertThat(error.get("status").getAsInt()).isEqualTo(status);
    assertThat(terminal.err()).contains("kmodkeeper: " + error.get("message").getAsString());
  }

  @Test
  void prints_all_problems_of_the_configuration() throws IOException {
    Files.writeString(terminal.paths.configuration().resolve("kmodkeeper.conf"), "[main]\nx\ny\n");

    assertThat(terminal.run("status", "--json")).isEqualTo(78);
    assertThat(printed().getAsJsonObject("error").get("message").getAsString()).hasLineCount(2);
  }

  @Test
  void prints_no_object_for_people() {
    assertThat(terminal.run("explain", "7.0")).isEqualTo(6);
    assertThat(terminal.out()).isEmpty();
  }
}
