package org.kmodkeeper.doctor;

import java.util.List;
import org.kmodkeeper.model.Kernel;

/** Whether each kernel has its headers. */
record HeadersCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "headers";
  }

  @Override
  public List<Diagnosis> examine() {
    List<Kernel> kernels = context.kernels();
    return kernels.isEmpty()
        ? List.of(
            bad(
                "no kernel is installed below " + context.paths().modules(),
                context.advice().install("kernel")))
        : kernels.stream().map(this::examine).toList();
  }

  private Diagnosis examine(Kernel kernel) {
    return context
        .inventory()
        .headers(kernel)
        .map(place -> ok("kernel " + kernel + ": " + place))
        .orElseGet(() -> missing(kernel));
  }

  private Diagnosis missing(Kernel kernel) {
    String text = "kernel " + kernel + ": not installed";
    String fix = context.advice().installHeaders(kernel);
    return context.hasDriver() ? bad(text, fix) : note(text, fix);
  }
}
