package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.report.Statuses.driver;
import static org.kmodkeeper.report.Statuses.kernel;
import static org.kmodkeeper.report.Statuses.optional;
import static org.kmodkeeper.report.Statuses.ready;
import static org.kmodkeeper.report.Statuses.running;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.report.Statuses;

/** A kernel that boots next and that the driver's dkms.conf excludes. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BootableReportTest {
  private static final String NEXT = "6.12.0-1.el10.x86_64";
  private static final Status.DriverStatus EXCLUDED =
      driver("nic", "1.2", Verdict.EXCLUDED, "its dkms.conf excludes this kernel: ^5", null, null);

  private final TestTerminal terminal;

  BootableReportTest(@TempDir Path root) {
    terminal = new TestTerminal(root);
  }

  private String printed(Status.DriverStatus next, Status.DriverStatus now) {
    Status status = Statuses.of(kernel(NEXT, next), running(kernel("5.14.0-1.el9.x86_64", now)));
    assertThat(new BootableReport(terminal.screen(), null).print(status, NEXT)).isZero();
    return terminal.out();
  }

  @Test
  void warns_where_the_running_kernel_has_the_driver() {
    assertThat(printed(EXCLUDED, ready("nic", "1.2")))
        .isEqualTo(
            "warning: kernel 6.12.0-1.el10.x86_64 has no driver nic, which is ready for the"
                + " running kernel: its dkms.conf excludes this kernel: ^5\n"
                + "kernel 6.12.0-1.el10.x86_64 boots next, bootable\n");
  }

  @Test
  void does_not_warn_where_the_running_kernel_lacks_the_driver() {
    assertThat(printed(EXCLUDED, EXCLUDED)).doesNotContain("warning");
  }

  @Test
  void does_not_warn_where_the_driver_is_not_required() {
    assertThat(printed(optional(EXCLUDED), ready("nic", "1.2"))).doesNotContain("warning");
  }
}
