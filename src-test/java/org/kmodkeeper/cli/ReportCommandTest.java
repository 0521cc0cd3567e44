package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.cli.TestTerminal.KERNEL;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  @Test
  void writes_one_page_of_many_hosts() throws IOException {
    Path hosts = Files.createDirectory(directory.resolve("hosts"));
    assertThat(terminal.run("status", "--json")).isZero();
    Files.writeString(hosts.resolve("web1.json"), terminal.out());
    Files.writeString(hosts.resolve("web2.json"), "Connection refused");

    assertThat(terminal.run("report", "--from", hosts.toString(), "--html", "-")).isZero();
    assertThat(terminal.out())
        .startsWith("<!DOCTYPE html>")
        .contains("Kernel drivers of 2 hosts", "web1", "web2", KERNEL, "nic 1: no-headers")
        .endsWith("</html>\n");
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: nothing is known of 1 of 2 hosts; the page says why\n");
  }

  @Test
  void refuses_a_directory_without_hosts() throws IOException {
    Files.createFile(directory.resolve("README"));

    assertThat(terminal.run("report", "--from", directory.toString(), "--html", "-")).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: no HOST.json is in %s; write one per host: kmodkeeper status --json\n"
                .formatted(directory));
  }

  @Test
  void refuses_hosts_from_what_is_not_a_directory() throws IOException {
    Path file = Files.createFile(directory.resolve("hosts"));

    for (Path other : List.of(file, directory.resolve("gone"))) {
      assertThat(terminal.run("report", "--from", other.toString(), "--html", "-")).isEqualTo(1);
      assertThat(terminal.err())
          .isEqualTo(
              "kmodkeeper: %s is not a directory; collect the hosts' files in one: --from DIR\n"
                  .formatted(other));
    }
  }

  @Test
  void refuses_more_hosts_than_a_page_can_show() throws IOException {
    for (int number = 0; number <= 5000; number++) {
      Files.createFile(directory.resolve(number + ".json"));
    }

    assertThat(terminal.run("report", "--from", directory.toString(), "--html", "-")).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: %s has more than 5000 files; use several directories\n"
                .formatted(directory));
  }
}
