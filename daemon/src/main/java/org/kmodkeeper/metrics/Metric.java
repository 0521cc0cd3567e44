package org.kmodkeeper.metrics;

import java.util.List;
import java.util.Locale;

/** The metrics, in the order of the file; METRICS in kmodkeeperd(8) explains each. */
enum Metric {
  BUILD_INFO("Version of kmodkeeperd; always 1.", "version"),
  UP("Whether kmodkeeperd is running: 0 once it was stopped."),
  LAST_PASS_SUCCESS("Whether the last pass could read the host."),
  LAST_PASS_TIMESTAMP_SECONDS("When the last pass began or ended."),
  RESYNC_INTERVAL_SECONDS("How long after a pass the next one begins unasked."),
  DRIVER_READY(
      "Whether the driver is ready for the kernel, or not meant for it.",
      "kernel",
      "driver",
      "version",
      "verdict",
      "required"),
  KERNEL_BOOTABLE("Whether every required driver is ready for the kernel.", "kernel"),
  NEXT_BOOT_INFO("The kernel that boots next, if it is known; always 1.", "kernel"),
  NEXT_BOOT_SAFE("Whether the kernel that boots next is known to be bootable."),
  HOLD_ACTIVE("Whether the boot loader's default is held on another kernel."),
  HOLD_START_TIMESTAMP_SECONDS("When the hold on the default began.", "kernel"),
  ATTEMPTS_TOTAL("Attempts to make a driver ready.", "remedy", "outcome"),
  ATTEMPT_SECONDS_TOTAL("Time that these attempts took.", "remedy", "outcome"),
  OFFERED_DRIVER_READY(
      "Whether the driver will be ready for the next kernel that is offered.",
      "kernel",
      "driver",
      "version",
      "verdict",
      "required"),
  CERTIFICATE_EXPIRY_TIMESTAMP_SECONDS("When the certificate of a signing key ends.", "path");

  private final String shown = "kmodkeeper_" + name().toLowerCase(Locale.ROOT);
  private final String head;

  @SuppressWarnings("ImmutableEnumChecker") // List.of
  private final List<String> labels;

  Metric(String help, String... labels) {
    String type = name().endsWith("_TOTAL") ? "counter" : "gauge";
    this.head = "# HELP %s %s\n# TYPE %s %s\n".formatted(shown, help, shown, type);
    this.labels = List.of(labels);
  }

  /** The names of its labels. */
  List<String> labels() {
    return labels;
  }

  /** What the metric is, before its samples. */
  String head() {
    return head;
  }

  /** As Prometheus knows it: {@code kmodkeeper_driver_ready}. */
  @Override
  public String toString() {
    return shown;
  }
}
