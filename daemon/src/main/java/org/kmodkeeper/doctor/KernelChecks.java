package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.api.NextBoot;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.build.SigningKeys;
import org.kmodkeeper.kmod.ModprobeConfig;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.signing.Certificates;
import org.kmodkeeper.signing.SignaturePolicy;

/** Whether each kernel takes the modules that are built for it, and may be booted. */
record KernelChecks(DoctorContext context) {
  /**
   * Whether modules can be signed so that kernels accept them, where kernels insist on that: by
   * this host's own key or that of dkms, once it is enrolled.
   */
  void signatures(Check check) throws IOException, InterruptedException {
    var policy = new SignaturePolicy(context.paths());
    Set<String> enforced = new LinkedHashSet<>();
    for (Kernel kernel : context.kernels()) {
      policy.enforcedBy(kernel).ifPresent(enforced::add);
    }
    if (enforced.isEmpty()) {
      check.ok("no kernel requires signed modules");
    } else {
      signatures(check, String.join(", ", enforced), policy);
    }
  }

  private void signatures(Check check, String why, SignaturePolicy policy)
      throws IOException, InterruptedException {
    Optional<SigningKeys.Found> key =
        new SigningKeys(context.paths(), context.runner()).all().stream().findFirst();
    if (key.isEmpty()) {
      check.bad(
          why + " requires signed modules, and there is no key to sign them",
          "kmodkeeper keys enroll");
      return;
    }
    Path file = key.get().enrolled();
    Optional<X509Certificate> certificate = Certificates.in(file);
    Optional<Boolean> enrolled = policy.isEnrolled(file);
    if (certificate.isEmpty()) {
      check.bad(file + " holds no certificate", "kmodkeeper keys create");
    } else if (enrolled.isEmpty()) {
      check.unknown(why + ": cannot read which keys are enrolled", "sudo kmodkeeper doctor");
    } else {
      boolean waits = policy.isPending(certificate.get()) && !enrolled.get();
      for (Kernel kernel : context.kernels()) {
        SignaturePolicy.Check judged =
            policy.check(certificate.get(), kernel, context.settings().certificates());
        if (policy.enforcedBy(kernel).isPresent() && !judged.result().isAccepted()) {
          check.bad(
              "kernel " + kernel + " does not accept " + file + ": it " + judged.detail(),
              enrolled.get() || waits ? "kmodkeeper keys status" : "kmodkeeper keys enroll");
        }
      }
    }
    if (check.hasFoundNothing()) {
      check.ok(why + ": every kernel accepts " + file);
    }
  }

  /** Whether depmod prefers an added module to the kernel's own of the same name. */
  void searchOrder(Check check) throws IOException {
    List<String> order = new ModprobeConfig(context.paths()).searchOrder();
    String text = "depmod searches " + String.join(", ", order);
    int extra = order.indexOf("extra");
    int own = order.indexOf(ModprobeConfig.BUILT_IN);
    if (extra >= 0 && (own < 0 || extra < own)) {
      check.ok(text);
      return;
    }
    check.bad(
        text + ": the kernel's own module takes precedence over one in extra",
        "echo 'search updates extra built-in weak-updates' > %s && ls %s | xargs -n 1 depmod"
            .formatted(
                context.paths().depmodConfiguration().resolve("dist.conf"),
                Shell.word(context.paths().modules())));
  }

  /** Whether a driver's module is in a kernel's tree once: of several, depmod chooses. */
  void copies(Check check) throws IOException {
    for (Explanation one : context.explanations()) {
      for (Explanation.ModuleFacts module : one.modules()) {
        for (Path copy : others(new Kernel(one.kernel()), module)) {
          check.bad(
              copy + " is another build of " + module.name(),
              "rm " + Shell.word(copy) + " && depmod " + one.kernel());
        }
      }
    }
    if (check.hasFoundNothing()) {
      check.ok("no other build of a driver exists");
    }
  }

  /** A link is another kernel's build that weak-modules lends; it comes last in the search. */
  private List<Path> others(Kernel kernel, Explanation.ModuleFacts module) throws IOException {
    Path root = context.paths().root();
    return new OutOfTreeModules(context.paths())
        .of(kernel, module.name()).stream()
            .filter(copy -> !Files.isSymbolicLink(copy))
            .filter(
                copy -> module.ours() == null || !copy.equals(root.resolve(module.ours().path())))
            .toList();
  }

  /** Whether the kernel that boots next is one that may be booted. */
  void nextBoot(Check check) {
    NextBoot boot = context.nextBoot();
    @Nullable Kernel next = boot.next();
    if (boot.loader() == null) {
      check.note("no supported boot loader found", null);
      return;
    }
    if (next == null) {
      check.unknown("which kernel boots next is not known", "kmodkeeper guard status");
    } else if (boot.lack() != null) {
      check.bad(boot.lack(), null);
    } else {
      nextBoot(check, next.release());
    }
    if (boot.heldFor() != null) {
      check.note("held for kernel " + boot.heldFor(), "kmodkeeper explain " + boot.heldFor());
    }
    if (boot.trouble() != null) {
      check.note(boot.trouble(), null);
    }
  }

  private void nextBoot(Check check, String next) {
    Optional<Status.KernelStatus> kernel =
        context.status().kernels().stream().filter(one -> one.release().equals(next)).findFirst();
    String text = "kernel " + next + " boots next";
    if (kernel.isEmpty()) {
      check.bad(text + " and is not installed", context.advice().installKernel(next));
    } else if (kernel.get().bootable()) {
      check.ok(text + ", bootable");
    } else {
      check.bad(text + " and is not bootable", "kmodkeeper explain " + next);
    }
  }

  /** What all the others are for: whether every required driver is ready for every kernel. */
  void drivers(Check check) {
    for (Status.KernelStatus kernel : context.status().kernels()) {
      if (kernel.bootable()) {
        check.ok("kernel " + kernel.release() + " is bootable");
      } else {
        kernel.drivers().stream()
            .filter(driver -> driver.required() && !driver.verdict().bootable())
            .forEach(driver -> driver(check, kernel.release(), driver));
      }
    }
    if (check.hasFoundNothing()) {
      check.note("no kernel is installed", null);
    }
  }

  /** What no command fixes is explained by one. */
  private void driver(Check check, String release, Status.DriverStatus driver) {
    String name = driver.driver();
    String subject = DriverLine.subject(release, name, null) + ": ";
    String see = "; " + driver.verdict().reference();
    String text = subject + DriverLine.reason(driver.verdict(), driver.detail(), null) + see;
    switch (driver.verdict()) {
      case NO_HEADERS -> check.bad(text, context.advice().installHeaders(new Kernel(release)));
      case NO_COMPILER -> check.bad(text, context.advice().install("gcc make"));
      case WRONG_VERSION, VERMAGIC_MISMATCH, SYMBOL_MISMATCH, DAMAGED ->
          check.bad(text, "kmodkeeper rebuild --kernel " + release + " --driver " + name);
      default ->
          check.bad(subject + driver.reason() + see, "kmodkeeper explain " + release + " " + name);
    }
  }
}
