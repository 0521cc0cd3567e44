package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.model.Activity;

/** The remedy that is running and the step that its build has reached; for any thread. */
final class RunningRemedy {
  /** make names a step in its output alone. */
  private static final long STEP_INTERVAL_MILLISECONDS = 1000;

  private final Consumer<Activity> changed;
  private @Nullable Activity activity;
  private @Nullable BuildLog steps;
  private @Nullable Timer timer;

  /**
   * @param changed given the activity when it begins and at each new step
   */
  RunningRemedy(Consumer<Activity> changed) {
    this.changed = changed;
  }

  /**
   * A remedy begins.
   *
   * @param log where its steps show
   */
  synchronized void begin(Activity begun, BuildLog log) {
    activity = begun;
    steps = log;
    changed.accept(begun);
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

  /** What is running, if anything is, with the step that it has reached now. */
  synchronized Optional<Activity> activity() {
    follow();
    return Optional.ofNullable(activity);
  }

  private synchronized void follow() {
    @Nullable Activity now = activity;
    @Nullable String step = now == null || steps == null ? null : lastStep(steps);
    if (now != null && step != null && !step.equals(now.doing())) {
      now =
          new Activity(
              now.kernel(),
              now.driver(),
              now.remedy(),
              now.since(),
              now.purpose(),
              now.log(),
              step);
      activity = now;
      changed.accept(now);
    }
  }

  private static @Nullable String lastStep(BuildLog log) {
    try {
      return log.lastStep().orElse(null);
    } catch (IOException unreadable) {
      // It is there as soon as the build has begun it, and is only shown.
      return null;
    }
  }

  synchronized void end() {
    activity = null;
    steps = null;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
