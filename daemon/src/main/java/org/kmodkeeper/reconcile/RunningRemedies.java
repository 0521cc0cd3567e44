package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.DriverOnKernel;

/** The remedies that are running and the steps that their builds have reached; for any thread. */
final class RunningRemedies {
  /** make names a step in its output alone. */
  private static final long STEP_INTERVAL_MILLISECONDS = 1000;

  private final Consumer<List<Activity>> changed;
  private final Map<DriverOnKernel, Running> running = new LinkedHashMap<>();
  private @Nullable Timer timer;

  /**
   * @param steps where its steps show
   */
  private record Running(Activity activity, BuildLog steps) {
    Running now() {
      try {
        return new Running(steps.lastStep().map(activity::at).orElse(activity), steps);
      } catch (IOException unreadable) {
        // It is there as soon as the build has begun it, and is only shown.
        return this;
      }
    }
  }

  /**
   * @param changed given all that is running when a remedy begins and at each new step
   */
  RunningRemedies(Consumer<List<Activity>> changed) {
    this.changed = changed;
  }

  /**
   * A remedy begins.
   *
   * @param log where its steps show
   */
  synchronized void begin(Activity begun, BuildLog log) {
    running.put(DriverOnKernel.of(begun), new Running(begun, log));
    changed.accept(list());
    if (timer == null) {
      timer = new Timer("build-steps", true);
      timer.schedule(
          new TimerTask() {
            @Override
            public void run() {
              follow();
            }
          },
          STEP_INTERVAL_MILLISECONDS,
          STEP_INTERVAL_MILLISECONDS);
    }
  }

  /** What is running, in the order in which it began, with the steps that it has reached now. */
  synchronized List<Activity> activities() {
    follow();
    return list();
  }

  private synchronized void follow() {
    List<Activity> before = list();
    running.replaceAll((cell, known) -> known.now());
    if (!before.equals(list())) {
      changed.accept(list());
    }
  }

  private List<Activity> list() {
    return running.values().stream().map(Running::activity).toList();
  }

  /** A remedy has ended; whoever publishes what it left behind tells of it. */
  synchronized void end(DriverOnKernel cell) {
    running.remove(cell);
    if (running.isEmpty() && timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
