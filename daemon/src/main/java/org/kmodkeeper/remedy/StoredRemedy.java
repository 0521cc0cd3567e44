package org.kmodkeeper.remedy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.observe.FitInspector;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.ArtifactStore;

/**
 * Installs modules that this host has built before: for this very kernel, else for one of the same
 * architecture and variant whose symbols have the same CRCs. It needs neither headers nor a
 * compiler. What it installs is a copy.
 */
public final class StoredRemedy implements RemedyAction {
  private final HostPaths paths;
  private final ArtifactSelection selection;
  private final ModuleTrial trial;
  private final Installer installer;

  public StoredRemedy(
      HostPaths paths, ArtifactStore store, FitInspector fits, Kmod kmod, Installer installer) {
    this.paths = paths;
    this.selection = new ArtifactSelection(store, kmod);
    this.trial = new ModuleTrial(kmod, fits, new OutOfTreeModules(paths));
    this.installer = installer;
  }

  @Override
  public Result apply(Job job) throws IOException, InterruptedException {
    Observation observation = job.observation();
    Driver driver = Objects.requireNonNull(observation.driver());
    Kernel kernel = observation.kernel();
    SourceIdentity source = SourceIdentity.of(paths, driver, observation.policy().make());
    List<String> refusals = new ArrayList<>();
    for (Artifact artifact : selection.candidates(driver, kernel, observation.policy().reuse())) {
      Optional<String> refusal = selection.refusal(artifact, driver, source);
      if (refusal.isEmpty()) {
        List<Installer.Staged> modules = staged(artifact, driver);
        ModuleTrial.Judgement judgement = trial.judge(observation.kernelFacts(), driver, modules);
        if (judgement.isReady()) {
          return install(
              job,
              modules,
              artifact.manifest().origin() + ", CRCs compared: " + judgement.compared());
        }
        refusal =
            Optional.of(
                DriverLine.reason(
                    judgement.finding().verdict(), judgement.finding().detail(), null));
      }
      refusals.add(
          "the build for " + artifact.manifest().kernel() + " does not fit: " + refusal.get());
      job.log().note(refusals.get(refusals.size() - 1));
    }
    return new Result(
        Outcome.NOTHING_LANDED,
        refusals.isEmpty() ? "no build for this kernel is stored" : refusals.get(0));
  }

  private Result install(Job job, List<Installer.Staged> modules, String origin)
      throws IOException, InterruptedException {
    Observation observation = job.observation();
    Driver driver = Objects.requireNonNull(observation.driver());
    try {
      job.log().note("installing the modules " + origin);
      installer.install(observation.kernel(), driver, modules, origin);
      return new Result(Outcome.NOTHING_LANDED, "installed, but the driver is still not ready");
    } catch (Failed failed) {
      return failed.result();
    }
  }

  private static List<Installer.Staged> staged(Artifact artifact, Driver driver) {
    return artifact.manifest().modules().stream()
        .filter(module -> driver.modules().contains(module.name()))
        .map(
            module ->
                new Installer.Staged(
                    module.name(), artifact.file(module), artifact.manifest().kernel()))
        .toList();
  }

  @Override
  public Optional<String> verify(Observation after, Verdict verdict) {
    return verdict == Verdict.READY || (!verdict.needsBuild() && RemedyAction.allOurs(after))
        ? Optional.of(RemedyAction.files(after))
        : Optional.empty();
  }
}
