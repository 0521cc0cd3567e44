package org.kmodkeeper.report;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;

/**
 * Shows what the daemon is doing: in one changing line, or line by line where that is not possible.
 */
public final class Progress {
  private final Terminal screen;
  private final Clock clock;
  private @Nullable String told;

  public Progress(Terminal screen, Clock clock) {
    this.screen = screen;
    this.clock = clock;
  }

  public void tell(@Nullable Activity activity) {
    if (screen.canOverwrite()) {
      String now = activity == null ? "checking the host" : text(activity, clock.instant());
      screen.overwrite("kmodkeeper: " + now);
      return;
    }
    String line = activity == null ? "checking the host" : line(activity);
    if (!Objects.equals(line, told)) {
      screen.line("kmodkeeper: " + line);
      told = line;
    }
  }

  /** Clears the line for what follows. */
  public void end() {
    if (screen.canOverwrite()) {
      screen.erase();
    }
  }

  /** A build has many steps; what headers wait for is only one. */
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
      case INITRAMFS -> "regenerating the initramfs of " + kernel;
      case OVERRIDE -> "giving " + activity.driver() + " precedence on " + kernel;
      case STORED -> "installing " + activity.driver() + " for " + kernel + " from the store";
      case DKMS, DIRECT ->
          "building " + activity.driver() + " for " + kernel + " by " + activity.remedy();
    };
  }
}
