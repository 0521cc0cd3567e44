package org.kmodkeeper.report;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Kernel;

/**
 * Shows what the daemon is doing: in one changing line, or line by line where that is not possible.
 */
public final class Progress {
  private static final String IDLE = "checking the host";

  private final Terminal screen;
  private final Clock clock;

  /** The activities so far, each told once, also if nothing was running in between. */
  private final Set<String> told = new HashSet<>();

  private String last = "";

  public Progress(Terminal screen, Clock clock) {
    this.screen = screen;
    this.clock = clock;
  }

  public void tell(List<Activity> activities) {
    if (screen.canOverwrite()) {
      Stream<String> now = activities.stream().map(one -> text(one, clock.instant()));
      screen.overwrite(
          "kmodkeeper: " + (activities.isEmpty() ? IDLE : now.collect(Collectors.joining("; "))));
    } else if (activities.isEmpty() && !last.equals(IDLE)) {
      tell(IDLE);
    } else {
      activities.stream()
          .filter(one -> told.add(line(one) + one.since()))
          .forEach(one -> tell(line(one)));
    }
  }

  private void tell(String line) {
    screen.line("kmodkeeper: " + line);
    last = line;
  }

  /** Clears the line for what follows. */
  public void end() {
    if (screen.canOverwrite()) {
      screen.erase();
    }
  }

  /** A build has many steps; what a transaction waits for is only one. */
  private static String line(Activity activity) {
    boolean waits = activity.remedy().isTransaction() && activity.doing() != null;
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
      case PACKAGE -> "installing the package of " + activity.driver() + " for " + kernel;
      case INITRAMFS -> "regenerating the initramfs of " + kernel;
      case OVERRIDE -> "giving " + activity.driver() + " precedence on " + kernel;
      case STORED -> "installing " + activity.driver() + " for " + kernel + " from the store";
      case DKMS, DIRECT ->
          "building " + activity.driver() + " for " + kernel + " by " + activity.remedy();
    };
  }
}
