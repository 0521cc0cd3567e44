package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.cli.TestTerminal.KERNEL;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class ReportCommandTest {
  private final Path directory;
  private final TestTerminal terminal;

  ReportCommandTest(@TempDir Path root, @TempDir Path directory) throws IOException {
    this.directory = directory;
    terminal = new TestTerminal(root).withKernel(KERNEL).withDriver("nic", "");
  }

  @Test
  void writes_the_page_to_the_file() throws IOException {
    Path file = Files.writeString(directory.resolve("report.html"), "of yesterday");

    assertThat(terminal.run("report", "--html", file.toString())).isZero();
    assertThat(terminal.out()).isEmpty();
    assertThat(file).content().contains(KERNEL, "no-headers", "from disk").endsWith("</html>\n");
    assertThat(terminal.err().lines()).hasSize(1);
  }

  @Test
  void writes_the_page_to_standard_output() {
    assertThat(terminal.run("report", "--html", "-")).isZero();
    assertThat(terminal.out()).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
  }

  @Test
  void refuses_a_directory_and_suggests_a_better_name() {
    assertThat(terminal.run("report", "--html", directory.toString())).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: %1$s is a directory; name a file in it: --html %1$s/drivers.html\n"
                .formatted(directory));
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void refuses_a_file_in_a_directory_that_is_not_there() {
    Path nowhere = directory.resolve("nowhere/report.html");

    assertThat(terminal.run("report", "--html", nowhere.toString())).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: %s is not a directory; create it, or name a file elsewhere\n"
                .formatted(nowhere.getParent()));
  }

  @Test
  void never_replaces_a_device_by_a_file() {
    assertThat(terminal.run("report", "--html", "/dev/null")).isEqualTo(1);
    assertThat(terminal.err()).contains("/dev/null is not a regular file");
    assertThat(Path.of("/dev/null")).exists();
  }

  @Test
  void refuses_a_name_that_cannot_be_one() {
    assertThat(terminal.run("report", "--html", "a\0b")).isEqualTo(2);
    assertThat(terminal.err()).isEqualTo("kmodkeeper: \"a\\x00b\" cannot be a file's name\n");
  }
}
