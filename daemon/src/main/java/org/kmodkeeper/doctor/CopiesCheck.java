package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Kernel;

/** Whether a driver's module is in a kernel's tree once: of several, depmod chooses. */
record CopiesCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "copies";
  }

  @Override
  public List<Diagnosis> examine() throws IOException {
    List<Diagnosis> found = new ArrayList<>();
    for (Explanation one : context.explanations()) {
      for (Explanation.ModuleFacts module : one.modules()) {
        for (Path copy : others(new Kernel(one.kernel()), module)) {
          found.add(
              bad(
                  copy + " is another build of " + module.name(),
                  "rm " + Shell.word(copy) + " && depmod " + one.kernel()));
        }
      }
    }
    return found.isEmpty() ? List.of(ok("no other build of a driver exists")) : found;
  }

  /** A link is another kernel's build that weak-modules lends; it comes last in the search. */
  private List<Path> others(Kernel kernel, Explanation.ModuleFacts module) throws IOException {
    return new OutOfTreeModules(context.paths())
        .of(kernel, module.name()).stream()
            .filter(copy -> !Files.isSymbolicLink(copy))
            .filter(copy -> module.ours() == null || !copy.equals(path(module.ours())))
            .toList();
  }

  private Path path(Explanation.FileFacts file) {
    return context.paths().root().resolve(file.path());
  }
}
