package org.kmodkeeper.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.report.Statuses.driver;
import static org.kmodkeeper.report.Statuses.kernel;
import static org.kmodkeeper.report.Statuses.next;
import static org.kmodkeeper.report.Statuses.optional;
import static org.kmodkeeper.report.Statuses.ready;
import static org.kmodkeeper.report.Statuses.running;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.cli.TestTerminal;
import org.kmodkeeper.model.Verdict;

/** Whole tables, as they are printed. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StatusTextTest {
  private static final String NEWEST = "6.1.0-560.el9.x86_64";
  private static final String MIDDLE = "6.1.0-550.el9.x86_64";
  private static final String OLDEST = "6.1.0-540.el9.x86_64";

  private static final Status.DriverStatus FAILED =
      driver(
          "ixgbevf",
          "4.18.7",
          Verdict.BUILD_FAILED,
          "direct: src/ixgbevf_main.c:4967:2: error: #error this source is broken",
          "see /var/log/kmodkeeper/6.1.0-560.el9.x86_64/ixgbevf-4.18.7.direct.log",
          "2026-11-23T04:20:07Z");
  private static final Status.DriverStatus NO_HEADERS =
      driver(
          "hello",
          "1.0",
          Verdict.NO_HEADERS,
          "no kernel headers at /lib/modules/6.1.0-540.el9.x86_64/build",
          "dnf install kernel-devel-6.1.0-540.el9.x86_64",
          null);

  private final TestTerminal terminal;

  StatusTextTest(@TempDir Path root) {
    terminal = new TestTerminal(root);
  }

  private String printed(Status status) {
    new StatusText(terminal.screen(), terminal.clock).print(status);
    return terminal.out();
  }

  private static Status.DriverStatus failed(String release, String retry) {
    return driver(
        "nic",
        "1",
        Verdict.BUILD_FAILED,
        "dkms: /cache/" + release + "/nic.c:1: error: broken",
        "see /var/log/" + release + "/nic.log",
        "2026-11-23T" + retry + "Z");
  }

  @Nested
  class Table {
    @Test
    void shows_kernels_as_rows_drivers_as_columns_troubles_below() {
      Status status =
          Statuses.of(
              next(kernel(NEWEST, FAILED, ready("hello", "1.0"))),
              running(kernel(MIDDLE, ready("ixgbevf", "4.18.7"), ready("hello", "1.0"))),
              kernel(OLDEST, ready("ixgbevf", "4.18.7"), NO_HEADERS));

      assertThat(printed(status))
          .isEqualTo(
              """
                 KERNEL                ixgbevf 4.18.7  hello 1.0
               > 6.1.0-560.el9.x86_64  build-failed    ready
              *  6.1.0-550.el9.x86_64  ready           ready
                 6.1.0-540.el9.x86_64  ready           no-headers

              kernel 6.1.0-560.el9.x86_64: driver ixgbevf 4.18.7: build-failed
                  direct: src/ixgbevf_main.c:4967:2: error: #error this source is broken
                  see /var/log/kmodkeeper/6.1.0-560.el9.x86_64/ixgbevf-4.18.7.direct.log
                  next try at 2026-11-23T04:20:07Z
                  what to do: /usr/share/kmodkeeper/verdicts/build-failed.md

              kernel 6.1.0-540.el9.x86_64: driver hello 1.0: no-headers
                  no kernel headers at /lib/modules/6.1.0-540.el9.x86_64/build
                  dnf install kernel-devel-6.1.0-540.el9.x86_64
                  what to do: /usr/share/kmodkeeper/verdicts/no-headers.md

              Not bootable: 2 of 3 kernels. (* is running, > boots next)
              """);
    }

    @Test
    void says_nothing_more_where_all_is_well() {
      assertThat(printed(Statuses.of(next(running(kernel(NEWEST, ready("nic", "1")))))))
          .isEqualTo(
              """
                 KERNEL                nic 1
              *> 6.1.0-560.el9.x86_64  ready

              Every kernel listed is bootable. (* is running, > boots next)
              """);
    }

    @Test
    void calls_a_driver_that_a_kernel_can_do_without_optional() {
      assertThat(printed(Statuses.of(kernel(OLDEST, optional(NO_HEADERS)))))
          .contains("  no-headers (optional)\n")
          .endsWith("\nEvery kernel listed is bootable.\n");
    }

    @Test
    void leaves_a_gap_for_a_driver_that_only_some_kernels_have() {
      assertThat(printed(Statuses.of(kernel(NEWEST, ready("nic", "1")), kernel(OLDEST))))
          .startsWith(
              """
                 KERNEL                nic 1
                 6.1.0-560.el9.x86_64  ready
                 6.1.0-540.el9.x86_64  -
              """);
    }

    @Test
    void turns_more_columns_than_fit_into_a_list() {
      Status.KernelStatus newest =
          kernel(
              NEWEST,
              FAILED,
              ready("a-rather-long-name", "1.2.3"),
              optional(driver("disk", "10", Verdict.MISSING, "disk 10 is not there", null, null)),
              ready("hello", "1.0"));

      assertThat(printed(Statuses.of(next(running(newest)), kernel(OLDEST, NO_HEADERS))))
          .startsWith(
              """
              6.1.0-560.el9.x86_64 (running, boots next)
                ixgbevf 4.18.7            build-failed
                a-rather-long-name 1.2.3  ready
                disk 10                   missing (optional)
                hello 1.0                 ready
              6.1.0-540.el9.x86_64
                hello 1.0  no-headers

              kernel 6.1.0-560.el9.x86_64: driver ixgbevf 4.18.7: build-failed
              """);
    }

    @Test
    void fits_the_longest_release_of_Linux_with_one_driver() throws IOException {
      String longest = "5.14.0-" + "4".repeat(50) + ".x86_64";
      terminal.ofType("dumb");

      assertThat(longest).hasSize(64);
      assertThat(printed(Statuses.of(next(kernel(longest, ready("ixgbevf", "4.18.7"))))).lines())
          .allMatch(line -> line.length() <= 80)
          .anyMatch(line -> line.startsWith(longest + " (boots next)"));
    }

    @Test
    void says_where_drivers_would_be_on_a_host_without_any() {
      assertThat(printed(Statuses.of(kernel(NEWEST))))
          .isEqualTo(
              """
                 KERNEL
                 6.1.0-560.el9.x86_64

              no driver is managed: there is none in /etc/kmodkeeper/drivers.d, and dkms installs none automatically

              Every kernel listed is bootable.
              """);
    }
  }

  @Nested
  class Troubles {
    @Test
    void groups_the_same_failure_of_several_kernels() {
      Status status =
          Statuses.of(
              kernel(NEWEST, failed(NEWEST, "04:20:07")),
              kernel(OLDEST, failed(OLDEST, "04:19:00")));

      assertThat(printed(status))
          .contains(
              """

              all 2 kernels: driver nic 1: build-failed
                  dkms: /cache/6.1.0-560.el9.x86_64/nic.c:1: error: broken
                  see /var/log/6.1.0-560.el9.x86_64/nic.log
                  see /var/log/6.1.0-540.el9.x86_64/nic.log
                  next try at 2026-11-23T04:19:00Z
                  what to do: /usr/share/kmodkeeper/verdicts/build-failed.md

              Not bootable: 2 of 2 kernels.
              """);
    }

    @Test
    void says_once_what_is_the_same_for_several_kernels() {
      Status.DriverStatus absent =
          driver(
              "nic",
              null,
              Verdict.NOT_SET_UP,
              "no source of nic on this host",
              "to keep it: tar",
              null);
      Status.DriverStatus gone =
          driver("disk", null, Verdict.NO_SOURCE, "no directory", "put it there", null);
      Status status =
          Statuses.of(
              kernel(NEWEST, absent, gone),
              kernel(MIDDLE, absent, gone),
              kernel(OLDEST, absent, ready("disk", "1")));

      assertThat(printed(status))
          .isEqualTo(
              """
                 KERNEL                nic         disk
                 6.1.0-560.el9.x86_64  not-set-up  no-source
                 6.1.0-550.el9.x86_64  not-set-up  no-source
                 6.1.0-540.el9.x86_64  not-set-up  ready

              all 3 kernels: driver nic: not-set-up
                  no source of nic on this host
                  to keep it: tar
                  what to do: /usr/share/kmodkeeper/verdicts/not-set-up.md

              kernels 6.1.0-560.el9.x86_64, 6.1.0-550.el9.x86_64: driver disk: no-source
                  no directory
                  put it there
                  what to do: /usr/share/kmodkeeper/verdicts/no-source.md

              Not bootable: 2 of 3 kernels.
              """);
    }

    @Test
    void shows_what_is_being_done_last() {
      Status.DriverStatus building =
          driver("nic", "1", Verdict.BUILDING, "remedy dkms is running", null, null);

      assertThat(
              printed(
                  Statuses.building(
                      Statuses.of(kernel(NEWEST, building)), "2025-12-31T23:58:55Z", "CC nic.o")))
          .isEqualTo(
              """
                 KERNEL                nic 1
                 6.1.0-560.el9.x86_64  building

              Not bootable: 1 of 1 kernel.
              building nic for 6.1.0-560.el9.x86_64 by dkms, 1 min 5 s: CC nic.o
              """);
    }
  }

  @Nested
  class Medium {
    @Test
    void wraps_prose_on_a_terminal_but_never_a_path() throws IOException {
      terminal.ofType("dumb");
      Status.DriverStatus dependency =
          driver(
              "nic",
              "1",
              Verdict.MISSING_DEPENDENCY,
              "nic needs"
                  + " /lib/modules/6.1.0-560.el9.x86_64/kernel/net/core/a/very/long/way/down/failover.ko.xz,"
                  + " which is not there",
              "reinstall the package that owns it, and then look again whether it is there by now",
              null);

      assertThat(printed(Statuses.of(kernel(NEWEST, dependency))))
          .contains(
              "    nic needs\n",
              "    /lib/modules/6.1.0-560.el9.x86_64/kernel/net/core/a/very/long/way/down/failover.ko.xz,\n",
              "    which is not there\n",
              "    reinstall the package that owns it, and then look again whether it is there\n",
              "    by now\n");
    }

    @Test
    void keeps_lines_whole_in_a_file() {
      Status.DriverStatus wordy =
          driver("nic", "1", Verdict.MISSING, "so many words ".repeat(20), null, null);

      assertThat(printed(Statuses.of(kernel(NEWEST, wordy))))
          .contains("\n    " + "so many words ".repeat(20).strip() + "\n");
    }

    @Test
    void colours_verdicts_on_a_terminal_that_can() throws IOException {
      terminal.ofType("xterm");

      assertThat(
              printed(Statuses.of(kernel(NEWEST, FAILED), kernel(MIDDLE, ready("ixgbevf", "1")))))
          .startsWith("\u001b[1m   KERNEL\u001b[0m                \u001b[1mixgbevf\u001b[0m\n")
          .contains("_64  \u001b[31mbuild-failed\u001b[0m\n", "_64  \u001b[32mready\u001b[0m\n");
    }

    @Test
    void lets_no_tool_colour_or_forge_a_line() throws IOException {
      terminal.ofType("xterm");
      Status.DriverStatus hostile =
          driver(
              "nic\u001b[2J",
              "1\n2",
              Verdict.MISSING,
              "a\r\u001b[32mready\u202e",
              "\u009bx\tb",
              null);

      assertThat(printed(Statuses.of(kernel(NEWEST, hostile))))
          .contains("nic\\x1b[2J 1\\x0a2", "    a\\x0d\\x1b[32mready\\u202e\n    \\x9bx b\n")
          .doesNotContain("\u001b[2J", "\u001b[32m", "\r", "\u009b", "\u202e");
    }
  }
}
