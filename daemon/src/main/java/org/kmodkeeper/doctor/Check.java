package org.kmodkeeper.doctor;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.doctor.Diagnosis.State;

/** One precondition of drivers being kept ready; looks, and changes nothing. */
interface Check {
  /** One word, the same in all versions. */
  String name();

  /**
   * At least one diagnosis.
   *
   * @throws IOException if it cannot be found out
   */
  List<Diagnosis> examine() throws IOException, InterruptedException;

  default Diagnosis ok(String text) {
    return new Diagnosis(name(), State.OK, text, null);
  }

  default Diagnosis bad(String text, @Nullable String fix) {
    return new Diagnosis(name(), State.BAD, text, fix);
  }

  default Diagnosis unknown(String text, @Nullable String fix) {
    return new Diagnosis(name(), State.UNKNOWN, text, fix);
  }

  default Diagnosis note(String text, @Nullable String fix) {
    return new Diagnosis(name(), State.NOTE, text, fix);
  }
}
