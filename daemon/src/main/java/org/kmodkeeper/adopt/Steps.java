package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.kmodkeeper.host.LockFile;

/**
 * The steps of an adoption or a drop, told in two columns, one line each. A dry run tells the same
 * steps as a real one and takes none of them.
 */
public final class Steps {
  /** Whether steps are taken, or only told. */
  public enum Mode {
    DO,
    DRY_RUN
  }

  /** What a step does. */
  @FunctionalInterface
  interface Action<E extends Exception> {
    void run() throws IOException, InterruptedException, E;
  }

  private final Mode mode;
  private final Consumer<String> out;
  private boolean toldToWait;
  private boolean changed;

  /**
   * Begins with none.
   *
   * @param out takes a line
   */
  public Steps(Mode mode, Consumer<String> out) {
    this.mode = mode;
    this.out = out;
  }

  /** Whether anything was, or would be, changed. */
  public boolean changed() {
    return changed;
  }

  /** Reports a fact, under its heading. */
  void line(String heading, String text) {
    out.accept(String.format("%-14s %s", heading, text));
  }

  /** Reports a change, under its heading; a later step makes it. */
  void change(String heading, String text) {
    changed = true;
    line(heading, text);
  }

  /** Tells of a change and makes it. */
  <E extends Exception> void change(String heading, String text, Action<E> action)
      throws IOException, InterruptedException, E {
    change(heading, text);
    run(action);
  }

  /** Makes what was told of. */
  <E extends Exception> void run(Action<E> action) throws IOException, InterruptedException, E {
    if (mode == Mode.DO) {
      action.run();
    }
  }

  /** Takes steps while nobody else changes anything. */
  <E extends Exception> void exclusively(Path lock, Action<E> steps)
      throws IOException, InterruptedException, E {
    if (mode == Mode.DRY_RUN) {
      steps.run();
      return;
    }
    LockFile held = LockFile.await(lock, this::waiting);
    try {
      steps.run();
    } finally {
      held.close();
    }
  }

  private void waiting() {
    if (!toldToWait) {
      line("waiting", "for the daemon to finish its current work");
      toldToWait = true;
    }
  }
}
