package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.store.Artifact;

/**
 * Installs modules that this host has built before: for this very kernel, else for one of the same
 * architecture and variant whose symbols have the same CRCs. It needs neither headers nor a
 * compiler. What it installs is a copy.
 */
public final class StoredRemedy implements RemedyAction {
  private final HostPaths paths;
  private final ArtifactSelection selection;
  private final ModuleTrial trial;
  private final ModuleSigner signer;
  private final Installer installer;

  public StoredRemedy(
      HostPaths paths,
      ArtifactSelection selection,
      ModuleTrial trial,
      ModuleSigner signer,
      Installer installer) {
    this.paths = paths;
    this.selection = selection;
    this.trial = trial;
    this.signer = signer;
    this.installer = installer;
  }

  @Override
  public Result apply(Job job) throws IOException, InterruptedException {
    Observation observation = job.observation();
    Driver driver = Objects.requireNonNull(observation.driver());
    Kernel kernel = observation.kernel();
    Path space = paths.builds().resolve("stored-" + driver.name() + "-" + kernel);
    try {
      return apply(job, driver, kernel, space);
    } finally {
      FileUtils.deleteDirectory(space.toFile());
    }
  }

  private Result apply(Job job, Driver driver, Kernel kernel, Path space)
      throws IOException, InterruptedException {
    Observation observation = job.observation();
    SourceIdentity source = SourceIdentity.of(paths, driver, observation.policy().make());
    List<String> refusals = new ArrayList<>();
    for (Artifact artifact : selection.candidates(driver, kernel, observation.policy().reuse())) {
      Optional<String> refusal = selection.refusal(artifact, driver, source);
      if (refusal.isEmpty()) {
        List<Installer.Staged> modules = staged(artifact, driver);
        String origin = artifact.manifest().origin();
        ModuleTrial.Judgement judgement = trial.judge(observation.kernelFacts(), driver, modules);
        if (judgement.lacksSignature()) {
          Optional<List<Installer.Staged>> signed = signed(job, modules, kernel, space);
          if (signed.isPresent()) {
            modules = signed.get();
            origin += ", signed by this host";
            judgement = trial.judge(observation.kernelFacts(), driver, modules);
          }
        }
        // What the kernel refuses must not take the place of what it loads.
        if (judgement.isReady()) {
          return install(job, modules, origin + ", CRCs compared: " + judgement.compared());
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

  /** Empty without a key, or if they cannot be signed: then they are what they are. */
  private Optional<List<Installer.Staged>> signed(
      Job job, List<Installer.Staged> modules, Kernel kernel, Path space)
      throws InterruptedException {
    try {
      return signer.signCopies(modules, kernel, space);
    } catch (IOException | DamagedModuleException failed) {
      job.log().note("not signed: " + failed.getMessage());
      return Optional.empty();
    }
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
