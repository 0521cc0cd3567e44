package org.kmodkeeper.doctor;

import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.Kernel;

/** What all the others are for: whether every required driver is ready for every kernel. */
record DriversCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "drivers";
  }

  @Override
  public List<Diagnosis> examine() {
    List<Diagnosis> found = new ArrayList<>();
    for (Status.KernelStatus kernel : context.status().kernels()) {
      if (kernel.bootable()) {
        found.add(ok("kernel " + kernel.release() + " is bootable"));
      } else {
        kernel.drivers().stream()
            .filter(driver -> driver.required() && !driver.verdict().bootable())
            .map(driver -> examine(kernel, driver))
            .forEach(found::add);
      }
    }
    return found.isEmpty() ? List.of(note("no kernel is installed", null)) : found;
  }

  /** What no command fixes is explained by one. */
  private Diagnosis examine(Status.KernelStatus kernel, Status.DriverStatus driver) {
    String release = kernel.release();
    String name = driver.driver();
    String subject = DriverLine.subject(release, name, null) + ": ";
    String text = subject + DriverLine.reason(driver.verdict(), driver.detail(), null);
    return switch (driver.verdict()) {
      case NO_HEADERS -> bad(text, context.advice().installHeaders(new Kernel(release)));
      case NO_COMPILER -> bad(text, context.advice().install("gcc make"));
      case WRONG_VERSION, VERMAGIC_MISMATCH, SYMBOL_MISMATCH, DAMAGED ->
          bad(text, "kmodkeeper rebuild --kernel " + release + " --driver " + name);
      default -> bad(subject + driver.reason(), "kmodkeeper explain " + release + " " + name);
    };
  }
}
