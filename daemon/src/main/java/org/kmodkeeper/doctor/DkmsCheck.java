package org.kmodkeeper.doctor;

import java.io.IOException;
import java.util.List;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.tools.Dkms;

/** Whether dkms is there for those who count on it. */
record DkmsCheck(Patient patient) implements Check {
  @Override
  public String name() {
    return "dkms";
  }

  @Override
  public List<Diagnosis> examine() throws IOException, InterruptedException {
    var dkms = new Dkms(patient.paths(), patient.runner());
    if (dkms.isInstalled()) {
      return List.of(ok(patient.runner().run(Command.of("dkms", "--version")).stdout().strip()));
    }
    String cure = patient.advice().install("dkms");
    String absent = "not installed (EL has it in EPEL)";
    List<String> registered = dkms.registered();
    if (!registered.isEmpty()) {
      return List.of(bad(absent + ", and it was to build " + String.join(", ", registered), cure));
    }
    List<String> counting =
        patient.settings().policies().stream()
            .filter(policy -> policy.remedies().equals(List.of(Remedy.DKMS)))
            .map(Policy::name)
            .toList();
    return List.of(
        counting.isEmpty()
            ? note(absent + "; kmodkeeper builds without it", cure)
            : bad(absent + ", and all that may build " + String.join(", ", counting), cure));
  }
}
