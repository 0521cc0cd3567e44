package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.cli.TestTerminal.KERNEL;

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
import org.junit.jupiter.params.provider.ValueSource;

/** The command while nobody listens on the socket. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class WithoutDaemonTest {
  private final TestTerminal terminal;

  WithoutDaemonTest(@TempDir Path root) throws IOException {
    terminal = new TestTerminal(root).withKernel(KERNEL).withDriver("nic", "");
  }

  @Test
  void reads_the_status_from_disk_and_says_so() {
    assertThat(terminal.run("status")).isZero();
    assertThat(terminal.out())
        .contains(KERNEL, "nic 1", "no-headers", "Not bootable: 1 of 1 kernel.");
    assertThat(terminal.err()).contains("the daemon does not run, reading the disk instead");
  }

  @Test
  void prints_the_status_as_JSON_and_names_its_source() {
    assertThat(terminal.run("status", "--json")).isZero();
    JsonObject status = JsonParser.parseString(terminal.out()).getAsJsonObject();
    assertThat(status.get("source").getAsString()).isEqualTo("disk");
    assertThat(status.get("bootable").getAsBoolean()).isFalse();
    assertThat(status.get("busy").getAsBoolean()).isFalse();
  }

  @Test
  void leaves_nothing_behind_after_reading() throws IOException {
    terminal.run("status");

    assertThat(terminal.paths.root().resolve("var")).doesNotExist();
    assertThat(terminal.paths.run()).doesNotExist();
  }

  @Test
  void exits_a_check_with_the_verdict() {
    assertThat(terminal.run("check")).isEqualTo(12);
    assertThat(terminal.out()).startsWith("kernel " + KERNEL + ": driver nic: no-headers: ");
  }

  @Test
  void checks_instead_of_waiting_for_an_absent_daemon() {
    assertThat(terminal.run("wait", "--timeout", "0")).isEqualTo(12);
  }

  @Test
  void passes_a_check_with_an_unready_driver_not_required() throws IOException {
    terminal.withDriver("nic", "required = no\n");

    assertThat(terminal.run("check")).isZero();
    assertThat(terminal.out()).isEqualTo("1 kernel, bootable\n");
  }

  @Test
  void passes_a_check_with_a_driver_that_was_never_set_up() throws IOException {
    Files.delete(terminal.paths.sources().resolve("nic-1"));

    assertThat(terminal.run("check")).isZero();
  }

  @Test
  void says_that_a_check_was_of_one_driver() throws IOException {
    terminal.withDriver("disk", "required = no\n");

    assertThat(terminal.run("check", "--driver", "disk")).isZero();
    assertThat(terminal.out()).isEqualTo("1 kernel, bootable with regard to driver disk\n");
    assertThat(terminal.run("check", "--driver", "nic")).isEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "check", "wait", "log"})
  void reports_an_unmanaged_driver_as_not_found(String command) {
    assertThat(terminal.run(command, "--driver", "none")).isEqualTo(6);
    assertThat(terminal.err()).contains("driver none is not managed");
    assertThat(terminal.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "check", "wait", "log"})
  void reports_a_kernel_that_is_not_installed_as_not_found(String command) {
    assertThat(terminal.run(command, "--kernel", "9.9")).isEqualTo(6);
    assertThat(terminal.err()).contains("kernel 9.9 is not installed");
    assertThat(terminal.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "rebuild", "status --watch"})
  void says_how_to_start_the_daemon_for_what_only_it_can_do(String command) {
    assertThat(terminal.run(command.split(" ", -1))).isEqualTo(3);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: the daemon does not run ("
                + terminal.paths.socket()
                + "); start it: systemctl start kmodkeeper\n");
  }

  @Test
  void reports_a_bad_configuration_by_file_and_line() throws IOException {
    terminal.withDriver("nic", "required = maybe\n");

    assertThat(terminal.run("status")).isEqualTo(78);
    assertThat(terminal.err())
        .contains("nic.conf:2: required = \"maybe\", expected auto, yes or no\n")
        .doesNotContain("\tat ");
  }

  @Test
  void shows_the_history_of_a_removed_kernel_too() {
    assertThat(terminal.run("history", "--kernel", "9.9")).isZero();
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void reports_the_log_of_what_was_never_built_as_not_found() {
    assertThat(terminal.run("log")).isEqualTo(6);
    assertThat(terminal.err()).contains("there is no build log: nothing was built");
  }

  @Test
  void passes_without_any_kernel(@TempDir Path empty) {
    var other = new TestTerminal(empty);

    assertThat(other.run("status")).isZero();
    assertThat(other.out()).isEqualTo("no kernel is installed below /lib/modules\n");
  }
}
