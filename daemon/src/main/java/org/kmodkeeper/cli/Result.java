package org.kmodkeeper.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.api.Status;

/** Whether kernels may be booted, in a line for each reason why not, and as an exit status. */
final class Result {
  private Result() {}

  /** Prints why kernels are not bootable, or that all are; the first reason is the exit status. */
  static ExitStatus print(List<Status.Kernel> kernels, PrintStream out) {
    ExitStatus status = ExitStatus.OK;
    for (Status.Kernel kernel : kernels) {
      for (Status.Driver driver : kernel.drivers()) {
        ExitStatus reason = ExitStatus.of(driver.verdict());
        if (driver.required() && reason != ExitStatus.OK) {
          out.println(line(kernel, driver));
          status = status == ExitStatus.OK ? reason : status;
        }
      }
    }
    if (status == ExitStatus.OK) {
      out.println(
          kernels.size() == 1 ? "1 kernel, bootable" : kernels.size() + " kernels, all bootable");
    }
    return status;
  }

  /** The same for the kernel that boots next. */
  static ExitStatus print(String next, Status all, PrintStream out) {
    Optional<Status.Kernel> kernel =
        all.kernels().stream().filter(one -> one.release().equals(next)).findFirst();
    if (kernel.isEmpty()) {
      out.println("kernel " + next + " boots next, and is not installed");
      return ExitStatus.NOT_FOUND;
    }
    if (kernel.get().bootable()) {
      out.println("kernel " + next + " boots next, bootable");
      return ExitStatus.OK;
    }
    return print(List.of(kernel.get()), out);
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
