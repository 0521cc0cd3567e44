package org.kmodkeeper.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Status;

/**
 * Whether kernels may be booted, in a line for each reason why not, and as an exit status.
 *
 * @param driver the one that was asked about, or null for all
 */
record Result(Screen screen, @Nullable String driver) {
  /** Prints why kernels are not bootable, or that all are; the first reason is the exit status. */
  ExitStatus print(Status status) {
    int count = status.kernels().size();
    return print(
        status.kernels(), count == 1 ? "1 kernel, bootable" : count + " kernels, all bootable");
  }

  /** The same for the kernel that boots next. */
  ExitStatus print(Status status, String next) {
    List<Status.Kernel> kernels =
        status.kernels().stream().filter(one -> one.release().equals(next)).toList();
    if (kernels.isEmpty()) {
      screen.line("kernel " + next + " boots next, and is not installed");
      return ExitStatus.NOT_FOUND;
    }
    return print(kernels, "kernel " + next + " boots next, bootable");
  }

  private ExitStatus print(List<Status.Kernel> kernels, String good) {
    ExitStatus first = ExitStatus.OK;
    for (Status.Kernel kernel : kernels) {
      for (Status.Driver cell : kernel.drivers()) {
        ExitStatus reason = ExitStatus.of(cell.verdict());
        if (cell.required() && reason != ExitStatus.OK) {
          screen.line(line(kernel, cell));
          first = first == ExitStatus.OK ? reason : first;
        }
      }
    }
    if (first == ExitStatus.OK) {
      screen.line(driver == null ? good : good + " as far as driver " + driver + " goes");
    }
    return first;
  }

  private static String line(Status.Kernel kernel, Status.Driver driver) {
    String advice = driver.advice() == null ? "" : "; " + driver.advice();
    return "kernel "
        + kernel.release()
        + ": driver "
        + driver.driver()
        + ": "
        + driver.verdict()
        + ": "
        + driver.detail()
        + advice;
  }
}
