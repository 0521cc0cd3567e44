package org.kmodkeeper.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.NextBoot;
import org.kmodkeeper.api.Status;

/** Whether the kernel that boots next is one that may be booted. */
record NextBootCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "next-boot";
  }

  @Override
  public List<Diagnosis> examine() {
    NextBoot boot = context.nextBoot();
    if (boot.loader() == null) {
      return List.of(note("no supported boot loader found", null));
    }
    List<Diagnosis> found = new ArrayList<>();
    @Nullable String next = boot.next();
    found.add(
        next == null
            ? unknown("which kernel boots next is not known", "kmodkeeper guard status")
            : boot.lack() == null ? examine(next) : bad(boot.lack(), null));
    if (boot.heldFor() != null) {
      found.add(note("held for kernel " + boot.heldFor(), "kmodkeeper explain " + boot.heldFor()));
    }
    if (boot.trouble() != null) {
      found.add(note(boot.trouble(), null));
    }
    return found;
  }

  private Diagnosis examine(String next) {
    Optional<Status.KernelStatus> kernel =
        context.status().kernels().stream().filter(one -> one.release().equals(next)).findFirst();
    String text = "kernel " + next + " boots next";
    if (kernel.isEmpty()) {
      return bad(text + " and is not installed", context.advice().installKernel(next));
    }
    return kernel.get().bootable()
        ? ok(text + ", bootable")
        : bad(text + " and is not bootable", "kmodkeeper explain " + next);
  }
}
