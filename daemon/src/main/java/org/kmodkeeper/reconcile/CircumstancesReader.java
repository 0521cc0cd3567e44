package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.evaluate.DriverEvaluator;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.observe.Requirements;
import org.kmodkeeper.store.ArtifactStore;

/** Reads what is to be known beside the observations to evaluate them. */
final class CircumstancesReader {
  private final Requirements requirements;
  private final YumLock yum;
  private final ArtifactStore store;

  CircumstancesReader(Requirements requirements, YumLock yum, ArtifactStore store) {
    this.requirements = requirements;
    this.yum = yum;
    this.store = store;
  }

  /**
   * @param table all drivers on all kernels, as far as known
   * @param evaluated the observations that are to be evaluated
   */
  DriverEvaluator.Circumstances read(
      Settings settings, List<Observation> table, List<Observation> evaluated)
      throws IOException, InterruptedException {
    Map<Driver, String> artifacts = new HashMap<>();
    for (Observation one : evaluated) {
      @Nullable Driver driver = one.driver();
      if (driver != null && !artifacts.containsKey(driver)) {
        store.digest(driver).ifPresent(digest -> artifacts.put(driver, digest));
      }
    }
    return new DriverEvaluator.Circumstances(
        settings, requirements.look(), yum.holder().orElse(null), artifacts, table);
  }
}
