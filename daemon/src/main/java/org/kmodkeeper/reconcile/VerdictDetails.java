package org.kmodkeeper.reconcile;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverState;

/**
 * All that the verdict on one (kernel, driver) rests on.
 *
 * @param settings by module, the lines of modprobe.d and depmod.d that bear on it
 * @param attempts what was tried, with whatever inputs, oldest first
 * @param stored where the modules come from, if the store gave them, or null
 */
public record VerdictDetails(
    DriverState state,
    Map<String, List<String>> settings,
    List<Attempt> attempts,
    @Nullable String stored) {
  public VerdictDetails {
    settings = Map.copyOf(settings);
    attempts = List.copyOf(attempts);
  }
}
