package org.kmodkeeper.model;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * One remedy at work.
 *
 * @param since when it began, in whole seconds
 * @param log where its output goes, or null if there is no room for it
 * @param purpose why it runs
 * @param doing the last step that the build has named, {@code CC ixgbevf_main.o} for example, or
 *     null
 * @param usualMilliseconds how long earlier builds of the driver by this remedy took, or null if
 *     there were none
 */
public record Activity(
    Kernel kernel,
    String driver,
    Remedy remedy,
    Instant since,
    Purpose purpose,
    @Nullable Path log,
    @Nullable String doing,
    @Nullable Long usualMilliseconds) {
  /** Why a remedy runs. */
  public enum Purpose {
    /** The driver is not ready, or a build was asked for. */
    MAKE_READY,
    /** The driver is ready, and stays so meanwhile. */
    IMPROVE
  }

  private static final int SLOW_FACTOR = 3;

  public Activity {
    since = since.truncatedTo(ChronoUnit.SECONDS);
  }

  /** Whether it is a build that has taken three times its usual time by then, and more. */
  public boolean isSlow(Instant now) {
    return usualMilliseconds != null
        && Duration.between(since, now).toMillis() > SLOW_FACTOR * usualMilliseconds;
  }

  /** The same at another step of its build, or null for none. */
  public Activity at(@Nullable String step) {
    return new Activity(kernel, driver, remedy, since, purpose, log, step, usualMilliseconds);
  }
}
