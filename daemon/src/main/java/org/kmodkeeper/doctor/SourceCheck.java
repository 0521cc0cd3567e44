package org.kmodkeeper.doctor;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Explanation;
import org.kmodkeeper.model.Verdict;

/** Whether each driver has its source. */
record SourceCheck(DoctorContext context) implements Check {
  @Override
  public String name() {
    return "source";
  }

  @Override
  public List<Diagnosis> examine() {
    List<Explanation> drivers = context.drivers();
    return drivers.isEmpty()
        ? List.of(note("no driver is managed", "kmodkeeper adopt SOURCE"))
        : drivers.stream().map(this::examine).toList();
  }

  private Diagnosis examine(Explanation of) {
    String driver = of.driver().driver();
    if (of.source() != null) {
      return ok("driver " + driver + " " + of.driver().version() + ": " + of.source());
    }
    @Nullable String pinned = of.pinned();
    String wanted = driver + "-" + (pinned == null ? "VERSION" : pinned);
    String fix = "kmodkeeper adopt " + wanted + ".tar.gz";
    String where = "driver " + driver + ": none in " + context.paths().sources();
    return of.driver().verdict() == Verdict.NOT_SET_UP
        ? note(where + "; it was never used here", fix)
        : bad(where + (pinned == null ? "" : " of version " + pinned + ", which is pinned"), fix);
  }
}
