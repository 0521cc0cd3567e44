package org.kmodkeeper.doctor;

import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.model.Verdict;

/** What all the others are for: whether every required driver is ready for every kernel. */
record DriversCheck(Patient patient) implements Check {
  @Override
  public String name() {
    return "drivers";
  }

  @Override
  public List<Diagnosis> examine() {
    List<Diagnosis> found = new ArrayList<>();
    for (Status.Kernel kernel : patient.status().kernels()) {
      if (kernel.bootable()) {
        found.add(ok("kernel " + kernel.release() + " is bootable"));
      } else {
        kernel.drivers().stream()
            .filter(driver -> driver.required() && !isBootable(driver.verdict()))
            .map(driver -> bad(text(kernel, driver), driver.advice()))
            .forEach(found::add);
      }
    }
    return found.isEmpty() ? List.of(note("no kernel is installed", null)) : found;
  }

  private static boolean isBootable(String word) {
    return Verdict.named(word).filter(Verdict::bootable).isPresent();
  }

  private static String text(Status.Kernel kernel, Status.Driver driver) {
    return "kernel "
        + kernel.release()
        + ": driver "
        + driver.driver()
        + ": "
        + driver.verdict()
        + ": "
        + driver.detail();
  }
}
