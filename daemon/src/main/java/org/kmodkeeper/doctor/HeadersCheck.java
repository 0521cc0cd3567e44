package org.kmodkeeper.doctor;

import java.util.List;
import org.kmodkeeper.model.Kernel;

/** Whether each kernel has its headers. */
record HeadersCheck(Patient patient) implements Check {
  @Override
  public String name() {
    return "headers";
  }

  @Override
  public List<Diagnosis> examine() {
    List<Kernel> kernels = patient.kernels();
    return kernels.isEmpty()
        ? List.of(
            bad(
                "no kernel is installed below " + patient.paths().modules(),
                patient.advice().install("kernel")))
        : kernels.stream().map(this::examine).toList();
  }

  private Diagnosis examine(Kernel kernel) {
    return patient
        .inventory()
        .headers(kernel)
        .map(place -> ok("kernel " + kernel + ": " + place))
        .orElseGet(() -> missing(kernel));
  }

  private Diagnosis missing(Kernel kernel) {
    String text = "kernel " + kernel + ": not installed";
    String cure = patient.advice().installHeaders(kernel);
    return patient.hasDriver() ? bad(text, cure) : note(text, cure);
  }
}
