package org.kmodkeeper.report;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Kernel;

/**
 * Shows what the daemon is doing: in a changing line for each remedy, or a new line for what is new
 * where that is not possible.
 */
public final class Progress {
  /** How often the elapsed time is refreshed, and compared with what is usual. */
  public static final Duration REFRESH_INTERVAL = Duration.ofSeconds(1);

  private static final String IDLE = "checking the host";

  private final Terminal screen;
  private final Clock clock;

  /** The activities so far, each told once, also if nothing was running in between. */
  private final Set<String> told = new HashSet<>();

  private String last = "";
  private int shown;

  public Progress(Terminal screen, Clock clock) {
    this.screen = screen;
    this.clock = clock;
  }

  public void tell(List<Activity> activities) {
    if (screen.canOverwrite()) {
      Stream<String> now =
          activities.isEmpty()
              ? Stream.of(IDLE)
              : activities.stream().map(one -> text(one, clock.instant()));
      List<String> lines = now.map("kmodkeeper: "::concat).toList();
      screen.overwrite(lines, shown);
      shown = lines.size();
    } else if (activities.isEmpty() && !last.equals(IDLE)) {
      tell(IDLE);
    } else {
      activities.stream()
          .filter(one -> told.add(line(one) + one.since()))
          .forEach(one -> tell(line(one)));
      activities.stream()
          .filter(one -> one.isSlow(clock.instant()))
          .map(one -> stage(one) + " takes " + slow(one))
          .filter(told::add)
          .forEach(this::tell);
    }
  }

  private void tell(String line) {
    screen.line("kmodkeeper: " + line);
    last = line;
  }

  /** Clears the lines for what follows. */
  public void end() {
    if (screen.canOverwrite()) {
      screen.erase(shown);
      shown = 0;
    }
  }

  /** A build has many steps; what a transaction waits for is only one. */
  private static String line(Activity activity) {
    boolean waits = activity.remedy().isTransaction() && activity.doing() != null;
    @Nullable Duration usual = usual(activity);
    return stage(activity)
        + (usual == null ? "" : ", usually " + seconds(usual))
        + (waits ? ": " + activity.doing() : "");
  }

  private static @Nullable Duration usual(Activity activity) {
    @Nullable Long milliseconds = activity.usualMilliseconds();
    return milliseconds == null ? null : Duration.ofSeconds((milliseconds + 999) / 1000);
  }

  private static String slow(Activity activity) {
    return "more than three times the usual " + seconds(Objects.requireNonNull(usual(activity)));
  }

  /** What is being done, for how long and of how long, and at which step it is. */
  static String text(Activity activity, Instant now) {
    Duration since = Duration.between(activity.since(), now);
    String step = activity.doing() == null ? "" : ": " + activity.doing();
    @Nullable Duration usual = usual(activity);
    String estimate =
        usual == null
            ? ""
            : activity.isSlow(now) ? ", " + slow(activity) : " of about " + seconds(usual);
    return stage(activity) + ", " + seconds(since) + estimate + step;
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
