package org.kmodkeeper.remedy;

import java.io.IOException;
import java.util.Objects;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.build.BuildSpace;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation;

/** Builds the driver outside of dkms and installs it into {@code extra/}. */
public final class DirectRemedy implements RemedyAction {
  private final HostPaths paths;
  private final DirectBuild build;
  private final Installer installer;

  public DirectRemedy(HostPaths paths, DirectBuild build, Installer installer) {
    this.paths = paths;
    this.build = build;
    this.installer = installer;
  }

  @Override
  public Result apply(Job job) throws IOException, InterruptedException {
    Observation observation = job.observation();
    Driver driver = Objects.requireNonNull(observation.driver());
    BuildSpace space;
    try {
      space = build.space(paths.builds(), driver, observation.kernelFacts(), job.log());
    } catch (Failed failed) {
      return failed.result();
    }
    try {
      installer.install(
          observation.kernel(),
          driver,
          build.build(
              space.at(job.priority()), observation.policy().make(), job.timeout(), job.log()),
          null);
      return new Result(
          Outcome.NOTHING_LANDED, "built and installed, but the driver is still not ready");
    } catch (Failed failed) {
      return failed.result();
    } finally {
      FileUtils.deleteDirectory(space.root().toFile());
    }
  }
}
