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
  void gets_the_status_from_the_daemon() {
    assertThat(terminal.run("status")).isZero();
    assertThat(terminal.out()).contains(KERNEL, "nic 1", "no-headers");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void names_its_source_in_the_status_as_JSON() {
    assertThat(terminal.run("status", "--json")).isZero();
    assertThat(JsonParser.parseString(terminal.out()).getAsJsonObject().get("source").getAsString())
        .isEqualTo("daemon");
  }

  @Test
  void prints_nothing_for_an_accepted_notification() {
    assertThat(terminal.run("notify", "--installed", KERNEL, "--headers")).isZero();
    assertThat(terminal.out() + terminal.err()).isEmpty();
  }

  @Test
  void says_what_is_wrong_with_a_refused_notification() {
    assertThat(terminal.run("notify", "--origin", "Me!")).isEqualTo(1);
    assertThat(terminal.err()).contains("the daemon refused: ", "InvalidParameter", "origin");
  }

  @Test
  void stops_waiting_with_the_verdict() {
    assertThat(terminal.run("wait", "--timeout", "15")).isEqualTo(12);
    assertThat(terminal.out()).startsWith("kernel " + KERNEL + ": driver nic: no-headers: ");
  }

  @Test
  void has_nothing_to_release_without_a_hold() {
    assertThat(terminal.run("guard", "release")).isZero();
    assertThat(terminal.out()).isEqualTo("no hold is in force\n");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void counts_a_rebuild() {
    assertThat(terminal.run("rebuild")).isZero();
    assertThat(terminal.out()).isEqualTo("1 build is scheduled\n");
  }

  @ParameterizedTest
  @CsvSource({
    "--driver, none, driver none is not managed",
    "--kernel, 9.9, kernel 9.9 is not installed"
  })
  void reports_a_rebuild_of_the_unknown_as_not_found(String option, String name, String complaint) {
    assertThat(terminal.run("rebuild", option, name)).isEqualTo(6);
    assertThat(terminal.err()).startsWith("kmodkeeper: " + complaint + "; 'kmodkeeper status'");
  }

  @Test
  void finds_a_kernel_to_rebuild_by_the_beginning_of_its_name() {
    assertThat(terminal.run("rebuild", "--kernel", "6.1.0-1", "--driver", "nic")).isZero();
    assertThat(terminal.out()).isEqualTo("1 build is scheduled\n");
  }

  @Test
  void explains_the_same_with_and_without_the_daemon() throws IOException {
    terminal.run("wait");
    assertThat(terminal.run("explain", "newest", "nic")).isZero();
    String told = terminal.out();
    assertThat(told).contains("driver nic 1: no-headers\n", "  bad  headers   not installed\n");
    daemon.close();

    assertThat(terminal.run("explain", "newest", "nic")).isZero();

    assertThat(terminal.out()).isEqualTo(told);
  }

  @Test
  void names_its_source_in_an_explanation_as_JSON() {
    assertThat(terminal.run("explain", KERNEL, "--json")).isZero();
    JsonObject answer = JsonParser.parseString(terminal.out()).getAsJsonObject();
    assertThat(answer.get("source").getAsString()).isEqualTo("daemon");
    assertThat(answer.get("explanations").getAsJsonArray()).hasSize(1);
  }

  @Test
  void finds_a_driver_configured_later_after_a_reload() throws IOException {
    terminal.withDriver("disk", "");

    daemon.reload();

    terminal.run("status");
    assertThat(terminal.out()).contains("disk 1", "nic 1");
  }

  @Test
  void keeps_the_last_good_configuration_after_a_bad_reload() throws IOException {
    terminal.withDriver("nic", "required = maybe\n").withDriver("disk", "");

    daemon.reload();

    terminal.run("status");
    assertThat(terminal.out()).contains("nic 1").doesNotContain("disk 1");
  }

  @Test
  void reads_the_disk_after_the_daemon_has_ended() throws IOException {
    daemon.close();

    assertThat(terminal.run("status")).isZero();
    assertThat(terminal.err()).contains("the daemon does not run");
  }

  @Test
  void keeps_the_socket_of_the_first_daemon_from_a_second() {
    assertThatThrownBy(terminal::startDaemon).isInstanceOf(Exception.class);

    assertThat(terminal.run("status")).isZero();
    assertThat(terminal.err()).isEmpty();
  }
}
