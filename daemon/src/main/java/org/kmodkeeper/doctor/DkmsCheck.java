package org.kmodkeeper.doctor;

import java.io.IOException;
import java.util.List;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Command;

/** Whether dkms is there for those who count on it. */
record DkmsCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "dkms";
  }

  @Override
  public List<Diagnosis> examine() throws IOException, InterruptedException {
    var dkms = new Dkms(context.paths(), context.runner());
    if (dkms.isInstalled()) {
      return List.of(ok(context.runner().run(Command.of("dkms", "--version")).stdout().strip()));
    }
    String fix = context.advice().install("dkms");
    String absent = "not installed (EL has it in EPEL)";
    List<String> registered = dkms.registered();
    if (!registered.isEmpty()) {
      return List.of(bad(absent + ", but has registered " + String.join(", ", registered), fix));
    }
    List<String> counting =
        context.settings().policies().stream()
            .filter(policy -> policy.remedies().equals(List.of(Remedy.DKMS)))
            .map(Policy::name)
            .toList();
    return List.of(
        counting.isEmpty()
            ? note(absent + "; kmodkeeper builds without it", fix)
            : bad(absent + ", but the only remedy of " + String.join(", ", counting), fix));
  }
}
