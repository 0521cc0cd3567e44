package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.tools.BuildLog;
import org.kmodkeeper.tools.BuildSpace;

/** Builds the driver outside of dkms and installs it into {@code extra/}. */
final class DirectTreatment implements Treatment {
  private final HostPaths paths;
  private final DirectBuild build;
  private final Installer installer;

  DirectTreatment(HostPaths paths, DirectBuild build, Installer installer) {
    this.paths = paths;
    this.build = build;
    this.installer = installer;
  }

  @Override
  public Result apply(Observation observation, Planner.Demand demand, BuildLog log)
      throws IOException, InterruptedException {
    Driver driver = Objects.requireNonNull(observation.driver());
    Path headers = Objects.requireNonNull(observation.headers());
    BuildSpace space = BuildSpace.of(paths.builds(), driver, observation.kernel(), headers);
    try {
      installer.install(
          observation.kernel(), driver, build.build(space, observation.policy().make(), log));
      return new Result(Outcome.NOTHING_LANDED, "built and installed, which did not mend it");
    } catch (Failed failed) {
      return failed.result();
    } finally {
      FileUtils.deleteDirectory(space.root().toFile());
    }
  }

  @Override
  public Optional<String> cured(Observation after, Verdict verdict) {
    return Treatment.built(after, verdict);
  }
}
