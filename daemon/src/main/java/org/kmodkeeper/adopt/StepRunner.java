package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.kmodkeeper.host.LockFile;

/**
 * Reports the steps of an adoption or a drop in two columns, one line each, and takes them. A dry
 * run reports the same steps as a real one and takes none of them.
 */
public final class StepRunner {
  /** Whether steps are taken, or only reported. */
  public enum Mode {
    DO,
    DRY_RUN
  }

  /** What a step does. */
  @FunctionalInterface
  public interface Action<E extends Exception> {
    void run() throws IOException, InterruptedException, E;
  }

  private final Mode mode;
  private final Consumer<String> out;
  private boolean reportedWaiting;
  private boolean changed;

  /**
   * Begins with none.
   *
   * @param out takes a line
   */
  public StepRunner(Mode mode, Consumer<String> out) {
    this.mode = mode;
    this.out = out;
  }

  /** Whether anything was, or would be, changed. */
  public boolean changed() {
    return changed;
  }

  /** The last line of a dry run, which tells programs whether a real one would change anything. */
  public String endOfDryRun() {
    return changed ? "Nothing was changed: --dry-run." : "Nothing to do.";
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

  /** Reports a change and makes it. */
  <E extends Exception> void change(String heading, String text, Action<E> action)
      throws IOException, InterruptedException, E {
    change(heading, text);
    run(action);
  }

  /** Takes a step that was reported. */
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
    if (!reportedWaiting) {
      line("waiting", "for the daemon to finish its current work");
      reportedWaiting = true;
    }
  }
}
