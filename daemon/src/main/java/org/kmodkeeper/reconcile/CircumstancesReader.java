package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.evaluate.DriverEvaluator;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.observe.Requirements;
import org.kmodkeeper.signing.OwnKey;
import org.kmodkeeper.signing.SignaturePolicy;
import org.kmodkeeper.store.ArtifactStore;

/** Reads what is to be known beside the observations to evaluate them. */
final class CircumstancesReader {
  private final Requirements requirements;
  private final YumLock yum;
  private final HostPaths paths;
  private final ArtifactStore store;
  private final SignaturePolicy signatures;

  CircumstancesReader(HostPaths paths, Requirements requirements, YumLock yum) {
    this.paths = paths;
    this.requirements = requirements;
    this.yum = yum;
    this.store = new ArtifactStore(paths);
    this.signatures = new SignaturePolicy(paths);
  }

  /**
   * @param table all drivers on all kernels, as far as known
   * @param evaluated the observations that are to be evaluated
   */
  DriverEvaluator.Circumstances read(
      Settings settings, List<Observation> table, List<Observation> evaluated)
      throws IOException, InterruptedException {
    String signed = keyAccepted(settings) ? "+key" : "";
    Map<Driver, String> artifacts = new HashMap<>();
    for (Observation one : evaluated) {
      @Nullable Driver driver = one.driver();
      if (driver != null && !artifacts.containsKey(driver)) {
        store.digest(driver).ifPresent(digest -> artifacts.put(driver, digest + signed));
      }
    }
    return new DriverEvaluator.Circumstances(
        settings, requirements.look(), yum.holder().orElse(null), artifacts, table);
  }

  /**
   * Whether this host's own key has been enrolled, or named by the operator: what is stored and was
   * refused before is worth another try then, as its copy is signed with that key.
   */
  private boolean keyAccepted(Settings settings) throws IOException {
    OwnKey own = OwnKey.of(paths);
    return own.exists()
        && (settings.certificates().contains(own.enrolled())
            || signatures.isEnrolled(own.enrolled()).orElse(false));
  }
}
