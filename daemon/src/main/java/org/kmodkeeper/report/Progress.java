package org.kmodkeeper.report;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;

/**
 * Shows what the daemon is doing: in one changing line, or line by line where that is not possible.
 */
public final class Progress {
  private final Terminal screen;
  private final Clock clock;
  private Set<String> told = Set.of();

  public Progress(Terminal screen, Clock clock) {
    this.screen = screen;
    this.clock = clock;
  }

  public void tell(List<Activity> activities) {
    boolean overwrites = screen.canOverwrite();
    Set<String> now = new LinkedHashSet<>();
    activities.forEach(one -> now.add(overwrites ? text(one, clock.instant()) : line(one)));
    if (now.isEmpty()) {
      now.add("checking the host");
    }
    if (overwrites) {
      screen.overwrite("kmodkeeper: " + String.join("; ", now));
    } else {
      now.stream()
          .filter(line -> !told.contains(line))
          .forEach(line -> screen.line("kmodkeeper: " + line));
    }
    told = now;
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
