package org.kmodkeeper.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.report.Terminal;

/**
 * Whether kernels are bootable, with a line for each reason why not, and an exit status.
 *
 * @param driver the one that was asked about, or null for all
 */
record BootableReport(Terminal screen, @Nullable String driver) {
  /**
   * Prints why kernels are not bootable, or that all are; the first reason determines the exit
   * status.
   */
  int print(Status status) {
    int count = status.kernels().size();
    return print(
        status.kernels(), count == 1 ? "1 kernel, bootable" : count + " kernels, all bootable");
  }

  /** The same for the kernel that boots next; a driver that it has to do without is reported. */
  int print(Status status, String next) {
    List<Status.KernelStatus> kernels =
        status.kernels().stream().filter(one -> one.release().equals(next)).toList();
    if (kernels.isEmpty()) {
      screen.line("kernel " + next + " boots next and is not installed");
      return ExitStatus.NOT_FOUND.code();
    }
    kernels.get(0).drivers().stream()
        .filter(cell -> cell.required() && cell.verdict() == Verdict.EXCLUDED)
        .filter(cell -> runsWith(status, cell.driver()))
        .forEach(
            cell ->
                screen.line(
                    "warning: kernel "
                        + next
                        + " has no driver "
                        + cell.driver()
                        + ", which is ready for the running kernel: "
                        + cell.detail()));
    return print(kernels, "kernel " + next + " boots next, bootable");
  }

  private static boolean runsWith(Status status, String driver) {
    return status.kernels().stream()
        .filter(Status.KernelStatus::running)
        .flatMap(kernel -> kernel.drivers().stream())
        .anyMatch(cell -> cell.driver().equals(driver) && cell.verdict() == Verdict.READY);
  }

  private int print(List<Status.KernelStatus> kernels, String good) {
    int first = 0;
    for (Status.KernelStatus kernel : kernels) {
      for (Status.DriverStatus cell : kernel.drivers()) {
        if (cell.required() && !cell.verdict().bootable()) {
          screen.line(
              DriverLine.subject(kernel.release(), cell.driver(), null) + ": " + cell.reason());
          first = first == 0 ? cell.verdict().exitStatus() : first;
        }
      }
    }
    if (first == 0) {
      screen.line(driver == null ? good : good + " with regard to driver " + driver);
    }
    return first;
  }
}
