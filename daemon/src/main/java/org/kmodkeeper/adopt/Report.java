package org.kmodkeeper.adopt;

import java.util.function.Consumer;

/** Tells the operator what is found and done, one line each, in two columns. */
public final class Report {
  /** Whether things are done, or only told. */
  public enum Mode {
    DO,
    DRY_RUN
  }

  private final Mode mode;
  private final Consumer<String> out;
  private boolean toldToWait;
  private boolean changed;

  /**
   * Begins a report.
   *
   * @param out takes a line
   */
  public Report(Mode mode, Consumer<String> out) {
    this.mode = mode;
    this.out = out;
  }

  /** Whether anything was, or would be, changed. */
  public boolean changed() {
    return changed;
  }

  Mode mode() {
    return mode;
  }

  /** Tells of a change, under its heading. */
  void change(String heading, String text) {
    changed = true;
    line(heading, text);
  }

  /** Tells what changes nothing, under its heading. */
  void line(String heading, String text) {
    out.accept(String.format("%-14s %s", heading, text));
  }

  /** Tells, once, that the daemon is at work and waited for. */
  void waiting() {
    if (!toldToWait) {
      line("waiting", "until the daemon has done what it is at");
      toldToWait = true;
    }
  }
}
