package org.kmodkeeper.metrics;

import org.jspecify.annotations.Nullable;

/**
 * Samples as text, in version 0.0.4 of Prometheus's exposition format, which node_exporter's
 * textfile collector reads. It refuses a file in which samples of a metric stand apart, or one is
 * there twice.
 */
final class Exposition {
  private final StringBuilder text = new StringBuilder();
  private @Nullable Metric metric;

  /**
   * Adds a sample; all of a metric in succession.
   *
   * @param labels the values of the metric's labels, in their order
   */
  void add(Metric of, Number value, String... labels) {
    if (of != metric) {
      metric = of;
      text.append(of.head());
    }
    text.append(of);
    for (int at = 0; at < labels.length; at++) {
      text.append(at == 0 ? '{' : ',').append(of.labels().get(at)).append("=\"");
      text.append(escaped(labels[at])).append('"');
    }
    text.append(labels.length == 0 ? " " : "} ").append(value).append('\n');
  }

  /** Adds a sample that says yes or no. */
  void add(Metric of, boolean value, String... labels) {
    add(of, value ? 1 : 0, labels);
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
