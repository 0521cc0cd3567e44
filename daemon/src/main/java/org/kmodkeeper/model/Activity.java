package org.kmodkeeper.model;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One remedy at work.
 *
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
    @Nullable String doing) {}
