package org.kmodkeeper.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** The metrics against what tells of them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class MetricsManualTest {
  private static final Pattern ITEM =
      Pattern.compile("(?m)^\\.It Va (kmodkeeper_\\w+)(?: Po Ar (.+) Pc)?$");

  @Test
  void explains_every_metric_with_exactly_its_labels() throws IOException {
    String page = Files.readString(Path.of("daemon/dist/man/kmodkeeperd.8"));
    String section = page.split("\n\\.Sh METRICS\n", 2)[1].split("\n\\.Sh ", 2)[0];

    List<String> explained =
        ITEM.matcher(section)
            .results()
            .map(found -> found.group(1) + (found.group(2) == null ? "" : " " + found.group(2)))
            .toList();

    assertThat(explained)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Metric.values())
                .map(metric -> (metric + " " + String.join(" , ", metric.labels())).strip())
                .toList());
  }

  @Test
  void explains_every_alert_in_the_docs() throws IOException {
    String alerts = Files.readString(Path.of("daemon/dist/monitoring/alerts/kmodkeeper.yaml"));
    List<String> named = found("- alert: (\\w+)", alerts);

    assertThat(found("(?m)^### (\\w+)$", Files.readString(Path.of("docs/monitoring.md"))))
        .containsExactlyElementsOf(named);
    assertThat(found("runbook: docs/monitoring.md#(\\w+)", alerts))
        .containsExactlyElementsOf(
            named.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList());
    assertThat(found("Run:\\s(kmodkeeper|systemctl) ", alerts)).hasSameSizeAs(named);
  }

  private static List<String> found(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(found -> found.group(1)).toList();
  }

  /** Alerts, rules and the dashboard. */
  @Test
  void uses_only_metrics_that_there_are() throws IOException {
    Set<String> used = new TreeSet<>();
    try (Stream<Path> files =
        Files.walk(Path.of("daemon/dist/monitoring"), FileVisitOption.FOLLOW_LINKS)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Pattern.compile("(?<![\\w:])kmodkeeper_\\w+(?!:)")
            .matcher(Files.readString(file))
            .results()
            .forEach(found -> used.add(found.group()));
      }
    }

    assertThat(Arrays.stream(Metric.values()).map(Metric::toString)).containsAll(used);
    assertThat(used).hasSizeGreaterThan(8);
  }
}
