package org.kmodkeeper.cli;

import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;

/** The status as a table: a row for each (kernel, driver), its explanation below it. */
final class StatusTable {
  private static final String INDENT = "    ";

  private final PrintStream out;

  StatusTable(PrintStream out) {
    this.out = out;
  }

  void print(Status status, List<Status.Kernel> kernels) {
    if (kernels.isEmpty()) {
      out.println("no kernel is installed below /lib/modules");
      return;
    }
    int kernelWidth = "KERNEL".length();
    int driverWidth = "DRIVER".length();
    for (Status.Kernel kernel : kernels) {
      kernelWidth = Math.max(kernelWidth, marked(kernel).length());
      for (Status.Driver driver : kernel.drivers()) {
        driverWidth = Math.max(driverWidth, name(driver).length());
      }
    }
    String row = "%-" + kernelWidth + "s  %-" + driverWidth + "s  %s%n";
    out.printf(row, "KERNEL", "DRIVER", "VERDICT");
    for (Status.Kernel kernel : kernels) {
      if (kernel.drivers().isEmpty()) {
        out.printf(row, marked(kernel), "-", "no driver in /etc/kmodkeeper/drivers.d");
      }
      for (Status.Driver driver : kernel.drivers()) {
        out.printf(row, marked(kernel), name(driver), verdict(driver));
        explain(driver);
      }
    }
    printSummary(status, kernels);
  }

  private static String marked(Status.Kernel kernel) {
    return kernel.release() + (kernel.running() ? " *" : "");
  }

  private static String name(Status.Driver driver) {
    return driver.version() == null ? driver.driver() : driver.driver() + " " + driver.version();
  }

  private static String verdict(Status.Driver driver) {
    boolean byRemedy = driver.verdict().equals("ready") && "installed".equals(driver.outcome());
    String optional = driver.required() ? "" : " (not required)";
    return driver.verdict() + (byRemedy ? " by " + driver.remedy() : "") + optional;
  }

  private void explain(Status.Driver driver) {
    out.println(INDENT + driver.detail());
    if (driver.advice() != null) {
      out.println(INDENT + driver.advice());
    }
    if (driver.retryAt() != null) {
      out.println(INDENT + "next try at " + driver.retryAt());
    }
  }

  private void printSummary(Status status, List<Status.Kernel> kernels) {
    long stuck = kernels.stream().filter(kernel -> !kernel.bootable()).count();
    boolean running = kernels.stream().anyMatch(Status.Kernel::running);
    out.println();
    out.print(
        stuck == 0
            ? "Every kernel listed is bootable."
            : "Not bootable: " + stuck + " of " + kernels.size() + ".");
    out.println(running ? " (* is running)" : "");
    Status.@Nullable Activity activity = status.activity();
    if (activity != null) {
      out.println(progress(activity));
    }
  }

  /** What is being done now, in one line. */
  static String progress(Status.Activity activity) {
    return "building "
        + activity.driver()
        + " for "
        + activity.kernel()
        + " by "
        + activity.remedy();
  }
}
