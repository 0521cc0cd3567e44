package org.kmodkeeper.cli;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;

/** Tells what the daemon is at: in one line that changes, or where that cannot be, line by line. */
final class Progress {
  private final Terminal screen;
  private final Clock clock;
  private @Nullable String told;

  Progress(Terminal screen, Clock clock) {
    this.screen = screen;
    this.clock = clock;
  }

  void tell(@Nullable Activity activity) {
    if (screen.canOverwrite()) {
      String now = activity == null ? "looking" : text(activity, clock.instant());
      screen.overwrite("kmodkeeper: " + now);
      return;
    }
    String line = activity == null ? "looking" : line(activity);
    if (!Objects.equals(line, told)) {
      screen.line("kmodkeeper: " + line);
      told = line;
    }
  }

  /** Leaves the screen to what comes next. */
  void end() {
    if (screen.canOverwrite()) {
      screen.erase();
    }
  }

  /** A build has many steps; what headers wait for is one. */
  private static String line(Activity activity) {
    boolean waits = activity.remedy() == Remedy.HEADERS && activity.doing() != null;
    return stage(activity) + (waits ? ": " + activity.doing() : "");
  }

  /** What is being done, for how long, and at which step it is. */
  static String text(Activity activity, Instant now) {
    Duration since = Duration.between(activity.since(), now);
    String step = activity.doing() == null ? "" : ": " + activity.doing();
    return stage(activity) + ", " + seconds(since) + step;
  }

  private static String seconds(Duration time) {
    long seconds = Math.max(0, time.toSeconds());
    return seconds < 60 ? seconds + " s" : seconds / 60 + " min " + seconds % 60 + " s";
  }

  private static String stage(Activity activity) {
    Kernel kernel = activity.kernel();
    return switch (activity.remedy()) {
      case HEADERS -> "installing the headers of " + kernel;
      case INITRAMFS -> "making the initramfs of " + kernel + " anew";
      case OVERRIDE -> "making " + activity.driver() + " win on " + kernel;
      case DKMS, DIRECT ->
          "building " + activity.driver() + " for " + kernel + " by " + activity.remedy();
    };
  }
}
