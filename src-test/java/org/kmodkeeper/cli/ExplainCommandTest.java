package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.api.Service;
import org.kmodkeeper.report.Explained;
import org.kmodkeeper.varlink.Interface;
import org.kmodkeeper.varlink.Limits;
import org.kmodkeeper.varlink.VarlinkServer;

/** What is printed of an explanation that a daemon has sent. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class ExplainCommandTest {
  private static final String RELEASE = "6.1.0-550.el9.x86_64";

  private final TestTerminal terminal;
  private final VarlinkServer server;
  private final JsonArray explanations = new JsonArray();

  ExplainCommandTest(@TempDir Path root) throws IOException {
    terminal = new TestTerminal(root);
    explanations.add(Explained.ready().json());
    Files.createDirectories(terminal.paths.run());
    JsonObject status =
        JsonParser.parseString(
                "{'status':{'offered':[],'activities':[],'kernels':[{'release':'6.1.0-550.el9.x86_64','running':true,"
                    + "'drivers':[{'driver':'ixgbevf','verdict':'ready','detail':''}]},"
                    + "{'release':'6.1.0-540.el9.x86_64','drivers':[]}]}}")
            .getAsJsonObject();
    var answer = new JsonObject();
    answer.add("explanations", explanations);
    server =
        VarlinkServer.open(
            OptionalInt.empty(),
            terminal.paths.socket(),
            Limits.STANDARD,
            Service.INFO,
            List.of(
                new Interface(
                    Service.NAME,
                    "",
                    Map.of(
                        "Status", (call, replies) -> status,
                        "Explain", (call, replies) -> answer))));
    server.start();
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void aligns_the_facts_in_columns() {
    assertThat(terminal.run("explain", "running", "ixgbevf")).isZero();
    assertThat(terminal.out())
        .isEqualTo(
            """
            kernel 6.1.0-550.el9.x86_64: driver ixgbevf 4.18.7: ready
                /lib/modules/6.1.0-550.el9.x86_64/extra/ixgbevf.ko.xz, version 4.18.7

            driver
              -    managed  in drivers.d, required
              ok   source   /usr/src/ixgbevf-4.18.7, the newest version

            build
              ok   headers   /lib/modules/6.1.0-550.el9.x86_64/build
              ok   compiler  gcc and make are installed
              ok   dkms      knows this version
              -    remedies  dkms, then direct

            module ixgbevf
              ok   modprobe      loads /lib/modules/6.1.0-550.el9.x86_64/extra/ixgbevf.ko.xz
              -    settings      /etc/modprobe.d/lab.conf:1: options ixgbevf debug=1
                                 /etc/depmod.d/dist.conf:1: search updates extra built-in weak-updates
              ok   version       4.18.7, as wanted
              ok   vermagic      6.1.0-550.el9.x86_64 SMP preempt mod_unload modversions
              ok   symbols       152 CRCs compared with /lib/modules/6.1.0-550.el9.x86_64/symvers.gz, none differs
              -    dependencies  none
              -    signature     signed; the kernel does not require one
              -    initramfs     the kernel has none

            attempts
              ok   2026-11-23T07:50:57Z  dkms, 24.0 s: installed: /lib/modules/6.1.0-550.el9.x86_64/extra/ixgbevf.ko.xz
              -    log                   /var/log/kmodkeeper/6.1.0-550.el9.x86_64/ixgbevf-4.18.7.dkms.log
              bad  2026-11-23T07:50:32Z  direct, 14.9 s: build-failed: src/ixgbevf_main.c:4967:2: error: #error broken; its inputs have changed since
              -    log                   /var/log/kmodkeeper/6.1.0-550.el9.x86_64/ixgbevf-4.18.7.direct.log

            next
                   nothing to do
            """);
  }

  @Test
  void colours_the_marks_and_indents_long_facts_on_a_terminal() throws IOException {
    terminal.ofType("xterm").run("explain", "running");

    assertThat(terminal.out())
        .contains(
            "\n  \u001b[32mok\u001b[0m   symbols       152 CRCs compared with\n"
                + " ".repeat(21)
                + "/lib/modules/6.1.0-550.el9.x86_64/symvers.gz, none differs\n",
            "\n       nothing to do\n",
            "\n  \u001b[31mbad\u001b[0m  2026-11-23T07:50:32Z  direct,");
  }

  @Test
  void separates_several_drivers() {
    explanations.add(explanations.get(0));

    terminal.run("explain", RELEASE);

    assertThat(terminal.out().split("\n\n\n", -1))
        .hasSize(2)
        .allMatch(one -> one.startsWith("kernel " + RELEASE + ": driver ixgbevf"));
  }

  @Test
  void prints_as_JSON_what_the_daemon_has_sent() {
    terminal.run("explain", "newest", "--json");

    JsonObject printed = JsonParser.parseString(terminal.out()).getAsJsonObject();
    assertThat(printed.get("source").getAsString()).isEqualTo("daemon");
    assertThat(printed.get("explanations")).isEqualTo(explanations);
  }

  @Test
  void refuses_a_driver_that_the_kernel_does_not_have() {
    assertThat(terminal.run("explain", "newest", "none")).isEqualTo(6);
    assertThat(terminal.err()).contains("driver none is not managed");
  }

  @Test
  void has_nothing_to_explain_for_a_kernel_without_drivers() {
    assertThat(terminal.run("explain", "6.1.0-540")).isEqualTo(6);
    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: there is no driver to explain: none is managed\n");
  }
}
