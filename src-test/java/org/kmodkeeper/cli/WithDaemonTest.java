package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kmodkeeper.cli.TestTerminal.KERNEL;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.daemon.Daemon;

/** The command with a whole daemon below the same root. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class WithDaemonTest {
  private final TestTerminal terminal;
  private final Daemon daemon;

  WithDaemonTest(@TempDir Path root) throws IOException, ConfigurationException {
    terminal = new TestTerminal(root).withKernel(KERNEL).withDriver("nic", "");
    daemon = terminal.startDaemon();
  }

  @AfterEach
  void stop() throws IOException {
    daemon.close();
  }

  @Test
  void the_status_comes_from_the_daemon() {
    assertThat(terminal.run("status")).isZero();
    assertThat(terminal.out()).contains(KERNEL, "nic 1", "no-headers");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void the_status_as_JSON_names_its_source() {
    assertThat(terminal.run("status", "--json")).isZero();
    assertThat(JsonParser.parseString(terminal.out()).getAsJsonObject().get("source").getAsString())
        .isEqualTo("daemon");
  }

  @Test
  void a_notification_is_taken_silently() {
    assertThat(terminal.run("notify", "--installed", KERNEL, "--headers")).isZero();
    assertThat(terminal.out() + terminal.err()).isEmpty();
  }

  @Test
  void a_notification_that_the_daemon_refuses_says_what_is_wrong() {
    assertThat(terminal.run("notify", "--origin", "Me!")).isEqualTo(1);
    assertThat(terminal.err()).contains("the daemon refused: ", "InvalidParameter", "origin");
  }

  @Test
  void waiting_ends_with_the_verdict() {
    assertThat(terminal.run("wait", "--timeout", "15")).isEqualTo(12);
    assertThat(terminal.out()).startsWith("kernel " + KERNEL + ": driver nic: no-headers: ");
  }

  @Test
  void without_a_hold_there_is_nothing_to_release() {
    assertThat(terminal.run("guard", "release")).isZero();
    assertThat(terminal.out()).isEqualTo("no hold is in force\n");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void a_rebuild_is_counted() {
    assertThat(terminal.run("rebuild")).isZero();
    assertThat(terminal.out()).isEqualTo("1 build is scheduled\n");
  }

  @ParameterizedTest
  @CsvSource({
    "--driver, none, driver none is not managed",
    "--kernel, 9.9, kernel 9.9 is not installed"
  })
  void a_rebuild_of_the_unknown_is_not_found(String option, String name, String complaint) {
    assertThat(terminal.run("rebuild", option, name)).isEqualTo(6);
    assertThat(terminal.err()).startsWith("kmodkeeper: " + complaint + "; 'kmodkeeper status'");
  }

  @Test
  void a_rebuild_may_name_a_kernel_by_its_beginning() {
    assertThat(terminal.run("rebuild", "--kernel", "6.1.0-1", "--driver", "nic")).isZero();
    assertThat(terminal.out()).isEqualTo("1 build is scheduled\n");
  }

  @Test
  void what_is_explained_is_the_same_with_and_without_the_daemon() throws IOException {
    terminal.run("wait");
    assertThat(terminal.run("explain", "newest", "nic")).isZero();
    String told = terminal.out();
    assertThat(told).contains("driver nic 1: no-headers\n", "  bad  headers   not installed\n");
    daemon.close();

    assertThat(terminal.run("explain", "newest", "nic")).isZero();

    assertThat(terminal.out()).isEqualTo(told);
  }

  @Test
  void an_explanation_as_JSON_names_its_source() {
    assertThat(terminal.run("explain", KERNEL, "--json")).isZero();
    JsonObject answer = JsonParser.parseString(terminal.out()).getAsJsonObject();
    assertThat(answer.get("source").getAsString()).isEqualTo("daemon");
    assertThat(answer.get("explanations").getAsJsonArray()).hasSize(1);
  }

  @Test
  void a_driver_that_is_configured_later_is_there_after_a_reload() throws IOException {
    terminal.withDriver("disk", "");

    daemon.reload();

    terminal.run("status");
    assertThat(terminal.out()).contains("disk 1", "nic 1");
  }

  @Test
  void a_bad_reload_leaves_the_last_good_configuration() throws IOException {
    terminal.withDriver("nic", "required = maybe\n").withDriver("disk", "");

    daemon.reload();

    terminal.run("status");
    assertThat(terminal.out()).contains("nic 1").doesNotContain("disk 1");
  }

  @Test
  void after_the_daemon_has_ended_the_disk_is_read() throws IOException {
    daemon.close();

    assertThat(terminal.run("status")).isZero();
    assertThat(terminal.err()).contains("the daemon does not run");
  }

  @Test
  void a_second_daemon_does_not_take_the_socket_of_the_first() {
    assertThatThrownBy(terminal::startDaemon).isInstanceOf(Exception.class);

    assertThat(terminal.run("status")).isZero();
    assertThat(terminal.err()).isEmpty();
  }
}
