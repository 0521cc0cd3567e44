package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonStreamParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.api.Service;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.varlink.Handler;
import org.kmodkeeper.varlink.Interface;
import org.kmodkeeper.varlink.Limits;
import org.kmodkeeper.varlink.VarlinkException;
import org.kmodkeeper.varlink.VarlinkServer;

/** The command with a daemon that says what the test tells it to. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class ScriptedDaemonTest {
  private static final String IDLE = status(false, "null", "ready");
  private static final String BUSY = status(true, "null", "missing");
  private static final String BUILDING =
      status(
          true,
          "{'kernel':'6.1','driver':'nic','remedy':'dkms','since':'2026-01-01T00:00:00Z','doing':null}",
          "building");

  private final TestTerminal terminal;
  private AutoCloseable daemon = () -> {};

  ScriptedDaemonTest(@TempDir Path root) {
    terminal = new TestTerminal(root);
  }

  @AfterEach
  void stop() throws Exception {
    daemon.close();
  }

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

  /** A process that yum's lock names, and whose name is yum. */
  private long locked(long pid) throws IOException {
    HostPaths paths = terminal.paths;
    HostFixture.write(paths.processes().resolve(Long.toString(pid)).resolve("comm"), "yum\n");
    HostFixture.write(paths.yumLock(), pid + "\n");
    return pid;
  }

  @Test
  void rewrites_one_line_on_a_terminal_and_erases_it() throws IOException {
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
            "\u001b[?7lkmodkeeper: checking the host\u001b[K\u001b[?7h",
            "\u001b[?7lkmodkeeper: building nic for 6.1 by dkms, 0 s\u001b[K\u001b[?7h",
            "\u001b[?7lkmodkeeper: building nic for 6.1 by dkms, 0 s: CC nic.o\u001b[K\u001b[?7h",
            "\u001b[K");
    assertThat(terminal.out()).isEqualTo("1 kernel, bootable\n");
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

  /** Shows these, one after the other, and then breaks the connection off. */
  private static Handler shows(String... answers) {
    return (call, replies) -> {
      for (String answer : answers) {
        replies.next(json(answer));
      }
      throw new IOException("the end");
    };
  }

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
  void prints_one_object_after_the_other_for_programs() throws IOException {
    start(says(IDLE), shows(BUILDING, IDLE));

    terminal.run("status", "--watch", "--json");

    var objects = new JsonStreamParser(terminal.out());
    assertThat(objects.next().getAsJsonObject().get("busy").getAsBoolean()).isTrue();
    assertThat(objects.next().getAsJsonObject().get("busy").getAsBoolean()).isFalse();
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
    start(says(status(false, "null", verdict)), says("{}"));

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

  private void start(Handler status, Handler watch) throws IOException {
    Files.createDirectories(terminal.paths.run());
    var offered = new Interface(Service.NAME, "", Map.of("Status", status, "Watch", watch));
    VarlinkServer server =
        VarlinkServer.listen(
            terminal.paths.socket(), Limits.STANDARD, Service.INFO, List.of(offered));
    server.start();
    daemon = server;
  }

  private static Handler says(String answer) {
    return (call, replies) -> json(answer);
  }

  /** Never answers; ends with its caller. */
  private static JsonObject silence(Handler.Replies replies) throws IOException {
    while (!replies.abandoned()) {
      Thread.onSpinWait();
    }
    return new JsonObject();
  }

  private static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  private static String status(boolean busy, String activity, String verdict) {
    return "{'status':{'version':'1','busy':"
        + busy
        + ",'bootable':true,'activity':"
        + activity
        + ",'kernels':[{'release':'6.1','running':true,'bootable':true,'drivers':"
        + "[{'driver':'nic','verdict':'"
        + verdict
        + "','required':true,'detail':'why'}]}]}}";
  }
}
