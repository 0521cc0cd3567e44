package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.varlink.Handler;

/** How long wait waits, and what it shows meanwhile. */
class WaitCommandTest extends ScriptedDaemonFixture {
  @Test
  void stops_at_once_if_told_to_wait_no_time() throws IOException {
    start(says(BUSY), (call, replies) -> silence(replies));

    assertThat(terminal.run("wait", "--timeout", "0")).isEqualTo(5);
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: timed out after 0 s, work continues; 'kmodkeeper status' shows it\n");
  }

  @Test
  void shows_progress_and_stops_waiting_when_the_work_ends() throws IOException {
    Handler watch =
        (call, replies) -> {
          replies.next(json(BUSY));
          replies.next(json(BUILDING));
          replies.next(json(BUILDING));
          return json(IDLE);
        };
    start(says(BUSY), watch);

    assertThat(terminal.run("wait", "--timeout", "15")).isZero();
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: checking the host\nkmodkeeper: building nic for 6.1 by dkms\n");
    assertThat(terminal.out()).isEqualTo("1 kernel, bootable\n");
  }

  private static String headers(long pid) {
    return BUILDING
        .replace("dkms", "headers")
        .replace("'doing':null", "'doing':'waiting for yum (pid " + pid + ") to end'")
        .replace("'building'", "'no-headers'");
  }

  @Test
  void waits_while_a_yum_has_to_end_first() throws IOException {
    long yum = locked(ProcessHandle.current().pid());
    Handler watch =
        (call, replies) -> {
          replies.next(json(headers(yum)));
          return json(IDLE);
        };
    start(says(BUSY), watch);

    assertThat(terminal.run("wait", "--timeout", "15")).isZero();
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: installing the headers of 6.1: waiting for yum (pid %d) to end\n"
                .formatted(yum));
  }

  @Test
  void does_not_wait_for_a_yum_that_waits_for_the_command() throws IOException {
    long yum = locked(ProcessHandle.current().parent().orElseThrow().pid());
    Handler watch =
        (call, replies) -> {
          replies.next(json(BUILDING));
          replies.next(json(headers(yum)));
          return silence(replies);
        };
    start(says(BUSY), watch);

    assertThat(terminal.run("wait", "--timeout", "15")).isEqualTo(12);
    assertThat(terminal.err())
        .isEqualTo(
            """
            kmodkeeper: building nic for 6.1 by dkms
            kmodkeeper: the headers of 6.1 are installed after yum has ended; run 'kmodkeeper wait' then
            """);
  }

  @Test
  void treats_the_installation_of_a_package_likewise() throws IOException {
    long yum = locked(ProcessHandle.current().pid());
    String told = headers(yum).replace("'headers'", "'package'");
    Handler watch =
        (call, replies) -> {
          replies.next(json(told));
          return json(IDLE);
        };
    start(says(BUSY), watch);

    assertThat(terminal.run("wait", "--timeout", "15")).isZero();
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: installing the package of nic for 6.1: waiting for yum (pid %d) to end\n"
                .formatted(yum));
  }

  @Test
  void does_not_wait_for_a_package_that_comes_after_that_yum() throws IOException {
    long yum = locked(ProcessHandle.current().parent().orElseThrow().pid());
    String told = headers(yum).replace("'headers'", "'package'");
    Handler watch =
        (call, replies) -> {
          replies.next(json(told));
          return silence(replies);
        };
    start(says(BUSY), watch);

    assertThat(terminal.run("wait", "--timeout", "15")).isEqualTo(12);
    assertThat(terminal.err())
        .isEqualTo(
            """
            kmodkeeper: the package of nic for 6.1 is installed after yum has ended; run 'kmodkeeper wait' then
            """);
  }

  /** A process that yum's lock names, and whose name is yum. */
  private long locked(long pid) throws IOException {
    HostPaths paths = terminal.paths;
    HostFixture.write(paths.processes().resolve(Long.toString(pid)).resolve("comm"), "yum\n");
    HostFixture.write(paths.yumLock(), pid + "\n");
    return pid;
  }

  @Test
  void rewrites_its_line_on_a_terminal_and_erases_it() throws IOException {
    terminal.ofType("xterm");
    Handler watch =
        (call, replies) -> {
          replies.next(json(BUSY));
          replies.next(json(BUILDING));
          replies.next(json(BUILDING.replace("null}", "'CC nic.o'}")));
          return json(IDLE);
        };
    start(says(BUSY), watch);

    assertThat(terminal.run("wait")).isZero();
    // A line that is drawn again each second is the same one: the clock stands still.
    assertThat(Arrays.stream(terminal.err().split("\r", -1)).distinct())
        .containsExactly(
            "",
            "\u001b[?7lkmodkeeper: checking the host\u001b[J\u001b[?7h",
            "\u001b[?7lkmodkeeper: building nic for 6.1 by dkms, 0 s\u001b[J\u001b[?7h",
            "\u001b[?7lkmodkeeper: building nic for 6.1 by dkms, 0 s: CC nic.o\u001b[J\u001b[?7h",
            "\u001b[J");
    assertThat(terminal.out()).isEqualTo("1 kernel, bootable\n");
  }

  @Test
  void has_a_line_for_each_build_with_its_usual_time() throws IOException {
    terminal.ofType("xterm");
    Handler watch =
        (call, replies) -> {
          replies.next(json(status(true, SLOW + "," + SLOW.replace("6.1", "6.2"), "building")));
          return json(IDLE);
        };
    start(says(BUSY), watch);

    assertThat(terminal.run("wait")).isZero();
    assertThat(terminal.err())
        .contains(
            """
            kmodkeeper: building nic for 6.1 by dkms, 1 min 1 s, \
            more than three times the usual 20 s\u001b[K\r
            kmodkeeper: building nic for 6.2 by dkms, 1 min 1 s, \
            more than three times the usual 20 s\u001b[J\u001b[?7h\
            """)
        .endsWith("\r\u001b[1A\u001b[J");
  }

  @Test
  void says_once_in_a_pipe_that_a_build_takes_long() throws IOException {
    Handler watch =
        (call, replies) -> {
          replies.next(json(status(true, SLOW, "building")));
          replies.next(json(status(true, SLOW.replace("null", "'CC nic.o'"), "building")));
          replies.next(json(status(true, SLOW, "building")));
          return json(IDLE);
        };
    start(says(BUSY), watch);

    assertThat(terminal.run("wait")).isZero();
    assertThat(terminal.err())
        .isEqualTo(
            """
            kmodkeeper: building nic for 6.1 by dkms, usually 20 s
            kmodkeeper: building nic for 6.1 by dkms takes more than three times the usual 20 s
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "headers, installing the headers of 6.1",
    "initramfs, regenerating the initramfs of 6.1",
    "override, giving nic precedence on 6.1",
    "direct, building nic for 6.1 by direct"
  })
  void names_what_is_being_done(String remedy, String told) throws IOException {
    Handler watch =
        (call, replies) -> {
          replies.next(json(BUILDING.replace("dkms", remedy)));
          return json(IDLE);
        };
    start(says(BUSY), watch);

    assertThat(terminal.run("wait")).isZero();
    assertThat(terminal.err()).isEqualTo("kmodkeeper: " + told + "\n");
  }
}
