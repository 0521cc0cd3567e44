package org.kmodkeeper.doctor;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.doctor.Diagnosis.State;
import org.kmodkeeper.host.IoErrors;

/** One precondition of drivers being kept ready, and what an examination has found of it. */
final class Check {
  private final String name;
  private final List<Diagnosis> found = new ArrayList<>();

  private Check(String name) {
    this.name = name;
  }

  /** Reports at least one diagnosis to the check; looks, and changes nothing. */
  @FunctionalInterface
  interface Examination {
    void of(Check check) throws IOException, InterruptedException;
  }

  /**
   * What an examination finds; of one that fails only that it did.
   *
   * @param name one word, the same in all versions
   */
  static List<Diagnosis> examine(String name, Examination examination) throws InterruptedException {
    var check = new Check(name);
    try {
      examination.of(check);
      return check.found;
    } catch (AccessDeniedException refused) {
      return List.of(mayNotRead(name, refused));
    } catch (IOException failed) {
      return List.of(new Diagnosis(name, State.UNKNOWN, IoErrors.text(failed), null));
    }
  }

  static Diagnosis mayNotRead(String name, AccessDeniedException refused) {
    return new Diagnosis(
        name, State.UNKNOWN, refused.getFile() + " may not be read", "sudo kmodkeeper doctor");
  }

  boolean hasFoundNothing() {
    return found.isEmpty();
  }

  void ok(String text) {
    found.add(new Diagnosis(name, State.OK, text, null));
  }

  void bad(String text, @Nullable String fix) {
    found.add(new Diagnosis(name, State.BAD, text, fix));
  }

  void unknown(String text, @Nullable String fix) {
    found.add(new Diagnosis(name, State.UNKNOWN, text, fix));
  }

  void note(String text, @Nullable String fix) {
    found.add(new Diagnosis(name, State.NOTE, text, fix));
  }
}
