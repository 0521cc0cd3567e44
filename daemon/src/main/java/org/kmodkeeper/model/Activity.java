package org.kmodkeeper.model;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * One remedy at work.
 *
 * @param since when it began, in whole seconds
 * @param log where its output goes, or null if there is no room for it
 * @param doing the last step that the build has named, {@code CC ixgbevf_main.o} for example, or
 *     null
 */
public record Activity(
    Kernel kernel,
    String driver,
    Remedy remedy,
    Instant since,
    @Nullable Path log,
    @Nullable String doing) {
  public Activity {
    since = since.truncatedTo(ChronoUnit.SECONDS);
  }
}
