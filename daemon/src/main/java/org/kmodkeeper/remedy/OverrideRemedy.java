package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.kmodkeeper.host.DepmodOverrides;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Completed;

/** Makes our copy win depmod's search; the other copy stays where it is. */
public final class OverrideRemedy implements RemedyAction {
  private final HostPaths paths;
  private final DepmodOverrides overrides;
  private final Kmod kmod;

  public OverrideRemedy(HostPaths paths, DepmodOverrides overrides, Kmod kmod) {
    this.paths = paths;
    this.overrides = overrides;
    this.kmod = kmod;
  }

  @Override
  public Result apply(Job job) throws IOException, InterruptedException {
    Observation observation = job.observation();
    for (Observation.Module module : observation.modules()) {
      ModuleFile ours = Objects.requireNonNull(module.ours());
      if (!ours.equals(module.resolved())) {
        Path tree = paths.tree(observation.kernel());
        Path directory = Objects.requireNonNull(tree.relativize(ours.path()).getParent());
        overrides.add(observation.kernel(), module.name(), directory.toString());
        job.log().note("override " + module.name() + " to " + directory);
      }
    }
    Completed depmod = kmod.depmod(observation.kernel());
    return depmod.succeeded()
        ? new Result(Outcome.NOTHING_LANDED, "depmod ignored the override")
        : new Result(Outcome.NOT_PROVEN, "depmod: " + depmod.complaint());
  }

  @Override
  public Optional<String> verify(Observation after, Verdict verdict) {
    return verdict == Verdict.SHADOWED ? Optional.empty() : Optional.of(RemedyAction.files(after));
  }
}
