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
  void the_status_is_read_from_disk_and_says_so() {
    assertThat(terminal.run("status")).isZero();
    assertThat(terminal.out())
        .contains(KERNEL, "nic 1", "no-headers", "Not bootable: 1 of 1 kernel.");
    assertThat(terminal.err()).contains("the daemon does not run, reading the disk instead");
  }

  @Test
  void the_status_as_JSON_stays_JSON_and_names_its_source() {
    assertThat(terminal.run("status", "--json")).isZero();
    JsonObject status = JsonParser.parseString(terminal.out()).getAsJsonObject();
    assertThat(status.get("source").getAsString()).isEqualTo("disk");
    assertThat(status.get("bootable").getAsBoolean()).isFalse();
    assertThat(status.get("busy").getAsBoolean()).isFalse();
  }

  @Test
  void looking_leaves_nothing_behind() throws IOException {
    terminal.run("status");

    assertThat(terminal.paths.root().resolve("var")).doesNotExist();
    assertThat(terminal.paths.run()).doesNotExist();
  }

  @Test
  void a_check_exits_with_the_verdict() {
    assertThat(terminal.run("check")).isEqualTo(12);
    assertThat(terminal.out()).startsWith("kernel " + KERNEL + ": driver nic: no-headers: ");
  }

  @Test
  void waiting_for_nobody_is_checking() {
    assertThat(terminal.run("wait", "--timeout", "0")).isEqualTo(12);
  }

  @Test
  void a_driver_that_is_not_required_does_not_fail_the_check() throws IOException {
    terminal.withDriver("nic", "required = no\n");

    assertThat(terminal.run("check")).isZero();
    assertThat(terminal.out()).isEqualTo("1 kernel, bootable\n");
  }

  @Test
  void a_driver_that_was_never_set_up_does_not_fail_the_check() throws IOException {
    Files.delete(terminal.paths.sources().resolve("nic-1"));

    assertThat(terminal.run("check")).isZero();
  }

  @Test
  void a_check_of_one_driver_says_so() throws IOException {
    terminal.withDriver("disk", "required = no\n");

    assertThat(terminal.run("check", "--driver", "disk")).isZero();
    assertThat(terminal.out()).isEqualTo("1 kernel, bootable with regard to driver disk\n");
    assertThat(terminal.run("check", "--driver", "nic")).isEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "check", "wait", "log"})
  void a_driver_that_is_not_kept_is_not_found(String command) {
    assertThat(terminal.run(command, "--driver", "none")).isEqualTo(6);
    assertThat(terminal.err()).contains("driver none is not managed");
    assertThat(terminal.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "check", "wait", "log"})
  void a_kernel_that_is_not_installed_is_not_found(String command) {
    assertThat(terminal.run(command, "--kernel", "9.9")).isEqualTo(6);
    assertThat(terminal.err()).contains("kernel 9.9 is not installed");
    assertThat(terminal.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "rebuild", "status --watch"})
  void what_only_the_daemon_can_do_says_how_to_start_it(String command) {
    assertThat(terminal.run(command.split(" ", -1))).isEqualTo(3);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: the daemon does not run ("
                + terminal.paths.socket()
                + "); start it: systemctl start kmodkeeper\n");
  }

  @Test
  void a_bad_configuration_is_told_by_file_and_line() throws IOException {
    terminal.withDriver("nic", "required = maybe\n");

    assertThat(terminal.run("status")).isEqualTo(78);
    assertThat(terminal.err())
        .contains("nic.conf:2: required = \"maybe\", expected auto, yes or no\n")
        .doesNotContain("\tat ");
  }

  @Test
  void the_history_of_a_kernel_that_is_gone_is_told_too() {
    assertThat(terminal.run("history", "--kernel", "9.9")).isZero();
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void a_log_of_what_was_never_built_is_not_found() {
    assertThat(terminal.run("log")).isEqualTo(6);
    assertThat(terminal.err()).contains("there is no build log: nothing was built");
  }

  @Test
  void no_kernel_at_all_is_no_failure(@TempDir Path empty) {
    var other = new TestTerminal(empty);

    assertThat(other.run("status")).isZero();
    assertThat(other.out()).isEqualTo("no kernel is installed below /lib/modules\n");
  }
}
