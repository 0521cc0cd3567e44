package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonStreamParser;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.varlink.VarlinkException;

/** Commands other than wait. */
class ScriptedDaemonTest extends ScriptedDaemonFixture {
  @Test
  void prints_the_status_again_when_a_verdict_changes() throws IOException {
    start(says(IDLE), shows(BUILDING, BUILDING.replace("null}", "'CC nic.o'}"), IDLE, IDLE));

    assertThat(terminal.run("status", "--watch")).isEqualTo(1);
    assertThat(terminal.out())
        .isEqualTo(
            """
               KERNEL  nic
            *  6.1     building

            Every kernel listed is bootable. (* is running)
            building nic for 6.1 by dkms, 0 s

               KERNEL  nic
            *  6.1     ready

            Every kernel listed is bootable. (* is running)
            """);
    assertThat(terminal.err()).contains("the connection to the daemon was lost");
  }

  @Test
  void redraws_the_status_on_a_terminal_with_each_step() throws IOException {
    terminal.ofType("xterm").with("NO_COLOR", "1");
    start(says(IDLE), shows(BUILDING, BUILDING.replace("null}", "'CC nic.o'}"), IDLE));

    terminal.run("status", "--watch");

    assertThat(terminal.out().split("\u001b\\[H\u001b\\[2J", -1))
        .hasSize(4)
        .satisfies(shown -> assertThat(shown[2]).endsWith("by dkms, 0 s: CC nic.o\n"));
  }

  @Test
  void prints_the_status_again_when_a_build_takes_long() throws IOException {
    String building =
        status(true, SLOW.replace("2025-12-31T23:58:59Z", "2026-01-01T00:00:00Z"), "building");
    start(
        says(IDLE),
        (call, replies) -> {
          replies.next(json(building));
          await("by dkms, 0 s of about 20 s\n");
          terminal.clock.advance(Duration.ofSeconds(58));
          await("by dkms, 58 s, more than three times the usual 20 s\n");
          throw new IOException("the end");
        });

    assertThat(terminal.run("status", "--watch")).isEqualTo(1);
    assertThat(terminal.out().split("KERNEL", -1)).hasSize(3);
  }

  private void await(String printed) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!terminal.out().contains(printed)) {
      if (System.nanoTime() > deadline) {
        throw new IOException("not printed: " + printed);
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void prints_one_object_after_the_other_for_programs() throws IOException {
    start(says(IDLE), shows(BUILDING, IDLE));

    terminal.run("status", "--watch", "--json");

    var objects = new JsonStreamParser(terminal.out());
    assertThat(objects.next().getAsJsonObject().get("busy").getAsBoolean()).isTrue();
    assertThat(objects.next().getAsJsonObject().get("busy").getAsBoolean()).isFalse();
    // The daemon has gone.
    assertThat(objects.next().getAsJsonObject().has("error")).isTrue();
    assertThat(objects.hasNext()).isFalse();
  }

  @Test
  void reports_a_daemon_that_is_older_than_the_command() throws IOException {
    start(says(IDLE), says("{}"));

    assertThat(terminal.run("explain", "6.1")).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: the running daemon is older than this command:"
                + " systemctl restart kmodkeeper\n");
  }

  @Test
  void names_a_word_that_only_another_version_knows() throws IOException {
    start(says(BUILDING.replace("dkms", "prayer")), says("{}"));

    assertThat(terminal.run("status")).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: the running daemon and this command have different versions"
                + " (remedy \"prayer\" is not known): systemctl restart kmodkeeper\n");
  }

  @ParameterizedTest
  @CsvSource({
    "ready, 0",
    "not-set-up, 0",
    "excluded, 0",
    "unsupported, 30",
    "missing, 10",
    "building, 11",
    "no-headers, 12",
    "no-source, 13",
    "no-compiler, 14",
    "build-failed, 15",
    "shadowed, 16",
    "wrong-version, 17",
    "vermagic-mismatch, 18",
    "symbol-mismatch, 19",
    "missing-dependency, 20",
    "unsigned, 21",
    "blacklisted, 22",
    "replaced, 23",
    "built-in, 24",
    "damaged, 25",
    "stale-initramfs, 26",
    "read-only, 27",
    "unknown, 29",
    "of-a-later-version, 29"
  })
  void exits_with_the_status_of_each_verdict(String verdict, int exit) throws IOException {
    start(says(status(false, "", verdict)), says("{}"));

    assertThat(terminal.run("check")).isEqualTo(exit);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'status':null}",
        "{'status':7}",
        "{'status':{}}",
        "{'status':{'busy':[]}}",
        "{'status':{'kernels':[null]}}",
        "{'status':{'kernels':[{'release':'6.1'}]}}",
        "{'status':{'kernels':[{'release':'6.1','drivers':[{}]}]}}"
      })
  void reports_an_invalid_answer_in_one_line(String answer) throws IOException {
    start(says(answer), says("{}"));

    assertThat(terminal.run("status")).isEqualTo(1);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: the connection to the daemon was lost: the daemon's answer is not a valid"
                + " status\n");
  }

  @Test
  void tells_a_caller_without_rights_to_try_sudo() throws IOException {
    start(
        (call, replies) -> {
          throw VarlinkException.permissionDenied();
        },
        says("{}"));

    assertThat(terminal.run("status")).isEqualTo(4);
    assertThat(terminal.err()).isEqualTo("kmodkeeper: only root may do this: use sudo\n");
  }
}
