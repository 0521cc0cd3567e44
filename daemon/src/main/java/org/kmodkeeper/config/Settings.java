package org.kmodkeeper.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Policy;

/**
 * What the operator set, and the defaults for what was not.
 *
 * @param buildTimeout a build is killed past this time
 * @param resync how long the daemon waits before it looks again unasked
 * @param retryFirst how long it waits after the first failure; each further one doubles it
 * @param retryLongest the longest it waits between two tries
 * @param group whose members may change things besides root, or null for root alone
 * @param policies one for each driver, in the order of their names
 */
public record Settings(
    Duration buildTimeout,
    Duration resync,
    Duration retryFirst,
    Duration retryLongest,
    @Nullable String group,
    List<Policy> policies) {
  public Settings {
    policies = List.copyOf(policies);
  }
}
