package org.kmodkeeper.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.report.Statuses.driver;
import static org.kmodkeeper.report.Statuses.kernel;
import static org.kmodkeeper.report.Statuses.ready;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.cli.TestTerminal;
import org.kmodkeeper.model.Verdict;

/** Kernels that are not installed, below those that are. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OfferedStatusTest {
  private static final String INSTALLED = "6.1.0-560.el9.x86_64";
  private static final String OFFERED = "6.1.0-570.el9.x86_64";

  private final TestTerminal terminal;

  OfferedStatusTest(@TempDir Path root) {
    terminal = new TestTerminal(root);
  }

  private String printed(Status.DriverStatus answer) throws IOException {
    Status status =
        Statuses.of(kernel(INSTALLED, ready("nic", "1")))
            .offering(List.of(kernel(OFFERED, answer)));
    new StatusText(terminal.screen(), terminal.clock).print(status);
    return terminal.out();
  }

  @Test
  void marks_them_in_the_table_and_does_not_count_them() throws IOException {
    assertThat(printed(ready("nic", "1")))
        .isEqualTo(
            """
               KERNEL                          nic 1
               6.1.0-560.el9.x86_64            ready
               6.1.0-570.el9.x86_64 (offered)  ready

            Every installed kernel listed is bootable.
            """);
  }

  @Test
  void tells_why_a_driver_will_not_be_ready() throws IOException {
    assertThat(
            printed(
                driver("nic", "1", Verdict.BUILD_FAILED, "nic.c:1: error: no", "see /log", null)))
        .isEqualTo(
            """
               KERNEL                          nic 1
               6.1.0-560.el9.x86_64            ready
               6.1.0-570.el9.x86_64 (offered)  build-failed

            offered kernel 6.1.0-570.el9.x86_64: driver nic 1: build-failed
                nic.c:1: error: no
                see /log
                what to do: /usr/share/kmodkeeper/verdicts/build-failed.md

            Every installed kernel listed is bootable.
            """);
  }

  @Test
  void asks_no_attention_while_a_build_is_to_come() throws IOException {
    assertThat(printed(driver("nic", "1", Verdict.MISSING, "it will be built", null, null)))
        .doesNotContain("it will be built");
  }
}
