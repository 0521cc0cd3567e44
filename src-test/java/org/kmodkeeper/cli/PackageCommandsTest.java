package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code package} and {@code publish}. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PackageCommandsTest {
  private final TestTerminal terminal;
  private final Path output;

  PackageCommandsTest(@TempDir Path root) throws IOException {
    terminal = new TestTerminal(root).withKernel(TestTerminal.KERNEL);
    output = root.resolve("output");
  }

  @ParameterizedTest
  @CsvSource({
    "package --sign-key a --sign-with b, --sign-key and --sign-with exclude each other",
    "package --kernel a/b, --kernel a/b is no kernel's release",
    "publish --keep=-1 x, --keep -1: expected 0 or more",
    "publish '', DIRECTORY is empty: expected that of the repository",
  })
  void refuses_what_cannot_be_meant(String line, String complaint) {
    assertThat(terminal.run(line.replace("''", "").split(" ", -1))).isEqualTo(2);
    assertThat(terminal.err()).isEqualTo("kmodkeeper: " + complaint + "\n");
  }

  @Test
  void says_that_no_driver_is_managed() {
    assertThat(terminal.run("package", "--output", output.toString())).isEqualTo(6);
    assertThat(terminal.err()).isEqualTo("kmodkeeper: no driver with a source is managed\n");
    assertThat(terminal.run("publish", "--driver", "nic", output.toString())).isEqualTo(6);
    assertThat(terminal.err()).isEqualTo("kmodkeeper: no driver nic with a source is managed\n");
  }

  @Test
  void says_that_nothing_is_stored() throws IOException {
    terminal.withDriver("nic", "required = yes\n");
    Files.createFile(terminal.paths.sources().resolve("nic-1/Makefile"));

    assertThat(terminal.run("package", "--output", output.toString())).isEqualTo(6);

    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: nothing to package: no build from a managed driver's present source is"
                + " stored; 'kmodkeeper store' lists all\n");
    assertThat(output).isEmptyDirectory();
  }
}
