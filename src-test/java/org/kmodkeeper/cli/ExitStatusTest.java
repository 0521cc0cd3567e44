package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ExitStatusTest {
  private final String readme = Files.readString(Path.of("README.md"));

  ExitStatusTest() throws IOException {}

  @ParameterizedTest
  @EnumSource
  void the_README_lists_each(ExitStatus status) {
    String meaning =
        Objects.requireNonNull(ExitStatus.table().get(Integer.toString(status.code())));
    String verdict = meaning.replace("not bootable: ", "");

    assertThat(readme)
        .contains(
            meaning.equals(verdict)
                ? "| " + status.code() + " | " + meaning + " |"
                : "| `" + verdict + "` | " + status.code() + " |");
  }
}
