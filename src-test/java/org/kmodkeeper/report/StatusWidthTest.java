package org.kmodkeeper.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.report.Statuses.driver;
import static org.kmodkeeper.report.Statuses.kernel;
import static org.kmodkeeper.report.Statuses.next;
import static org.kmodkeeper.report.Statuses.ready;
import static org.kmodkeeper.report.Statuses.running;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.cli.TestTerminal;
import org.kmodkeeper.model.Verdict;

/** What a status looks like where there is much of it and little room. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StatusWidthTest {
  private static final String LONG = "a-driver-whose-name-is-as-long-as-a-name-of-a-driver-may-get";

  private final TestTerminal terminal;

  StatusWidthTest(@TempDir Path root) {
    terminal = new TestTerminal(root);
  }

  private List<String> printed(Status status) {
    new StatusText(terminal.screen(), terminal.clock).print(status);
    return terminal.out().lines().toList();
  }

  /** 30 kernels with 12 drivers; one is not ready for the newest. */
  private static Status crowded() {
    return Statuses.of(
        IntStream.range(0, 30)
            .mapToObj(
                number ->
                    kernel(
                        "6.1.0-%d.el9.x86_64".formatted(600 - number),
                        IntStream.range(0, 12)
                            .mapToObj(which -> cell(number, which))
                            .toArray(Status.DriverStatus[]::new)))
            .map(kernel -> kernel.release().contains("-600") ? next(running(kernel)) : kernel)
            .toArray(Status.KernelStatus[]::new));
  }

  private static Status.DriverStatus cell(int kernel, int driver) {
    String name = "driver" + driver;
    return kernel == 0 && driver == 3
        ? driver(name, "1.2.3", Verdict.BUILD_FAILED, "it failed", "read the log", null)
        : ready(name, "1.2.3");
  }

  @ParameterizedTest
  @CsvSource({"xterm, 20, ''", "xterm, 40, 1", "dumb, 80, ''", "xterm, 132, 1"})
  void needs_a_line_for_a_kernel_and_few_for_its_drivers(
      String type, String columns, String noColour) throws IOException {
    terminal.ofType(type).with("COLUMNS", columns).with("NO_COLOR", noColour);

    List<String> lines = printed(crowded()).stream().map(StatusWidthTest::bare).toList();

    assertThat(lines).hasSizeLessThan(100);
    assertThat(lines).filteredOn(line -> line.matches("6.1.0-[0-9]+.el9.x86_64( .*)?")).hasSize(30);
    assertThat(lines)
        .containsOnlyOnce("6.1.0-600.el9.x86_64 (running, boots next)")
        .anyMatch(line -> line.contains("build-failed"));
    assertThat(lines)
        .allMatch(
            line ->
                line.length() <= Integer.parseInt(columns)
                    || line.startsWith("6.1.0-600")
                    || !line.strip().contains(" "));
    if (!noColour.isEmpty() || type.equals("dumb")) {
      assertThat(terminal.out()).doesNotContain("\u001b");
    }
  }

  private static String bare(String line) {
    return line.replaceAll("\u001b\\[[0-9]*m", "");
  }

  @Test
  void puts_the_verdict_below_a_name_that_takes_the_line() throws IOException {
    terminal.ofType("dumb").with("COLUMNS", "62");

    assertThat(LONG).hasSize(60);
    assertThat(
            printed(
                Statuses.of(
                    next(
                        kernel(
                            "6.1.0-560.el9.x86_64",
                            driver(LONG, null, Verdict.READY, "there", null, null))))))
        .startsWith("6.1.0-560.el9.x86_64 (boots next)", "  " + LONG, "    ready");
  }

  @Test
  void keeps_a_verdict_beside_its_name_in_a_pipe() {
    terminal.with("COLUMNS", "40");

    assertThat(printed(Statuses.of(next(kernel("6.1.0-560.el9.x86_64", ready(LONG, "1"))))))
        .startsWith("6.1.0-560.el9.x86_64 (boots next)", "  " + LONG + " 1  ready");
    assertThat(printed(crowded())).contains("  driver3 1.2.3   build-failed");
    assertThat(terminal.out()).doesNotContain("\u001b");
  }
}
