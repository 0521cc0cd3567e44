package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.reconcile.StatusReader;
import org.kmodkeeper.remedy.TrialBuild;

/** Lets a version follow another only if it is ready wherever one serves now. */
final class UpgradeCheck {
  /**
   * With these a kernel has a module that serves it. The wrong version is one that still stands in
   * for a version that was adopted a moment ago.
   */
  private static final Set<Verdict> WORKING =
      EnumSet.of(Verdict.READY, Verdict.WRONG_VERSION, Verdict.STALE_INITRAMFS);

  private final StatusReader reader;
  private final TrialBuild trial;
  private final StepRunner steps;

  UpgradeCheck(
      HostPaths paths, CommandRunner runner, Settings settings, Clock clock, StepRunner steps)
      throws IOException {
    this.reader = StatusReader.open(paths, runner, settings, clock);
    this.trial = new TrialBuild(paths, paths.rehearsals(), runner, settings, clock);
    this.steps = steps;
  }

  /**
   * Builds the candidate for each kernel on which another version of it serves, and proves that it
   * would load there. Installs nothing.
   *
   * @param tree where the candidate is
   * @throws RefusedException if it is not proven for one of them; the message names the log
   */
  void prove(AnalyzedSource candidate, Path tree)
      throws IOException, InterruptedException, RefusedException {
    try {
      for (Observation old : workingNow(candidate.identity())) {
        String before = Objects.requireNonNull(old.driver()).version();
        steps.line(
            "rehearsal",
            old.kernel() + ": " + candidate.identity() + " is built before it replaces " + before);
        steps.run(() -> prove(candidate, tree, old, before));
      }
    } finally {
      trial.close();
    }
  }

  private void prove(AnalyzedSource candidate, Path tree, Observation old, String before)
      throws IOException, InterruptedException, RefusedException {
    Kernel kernel = old.kernel();
    Identity identity = candidate.identity();
    List<String> configured = old.policy().modules();
    var driver =
        new Driver(
            identity.name(),
            identity.version(),
            tree,
            configured.isEmpty() ? candidate.modules() : configured);
    Optional<Finding> refusal = trial.run(driver, old);
    if (refusal.isPresent()) {
      throw new RefusedException(
          RefusedException.Reason.NOT_READY,
          "kernel %s: %s\n%s %s stays as it is"
              .formatted(
                  kernel,
                  DriverLine.reason(
                      identity + " would not be ready",
                      refusal.get().detail(),
                      refusal.get().advice()),
                  identity.name(),
                  before));
    }
  }

  /** The kernels on which another version is there to be lost. */
  private List<Observation> workingNow(Identity candidate)
      throws IOException, InterruptedException {
    return reader.look().kernels().stream()
        .flatMap(row -> row.drivers().stream())
        .filter(state -> WORKING.contains(state.finding().verdict()))
        .map(DriverState::observation)
        .filter(seen -> seen.policy().name().equals(candidate.name()))
        .filter(
            seen -> !Objects.requireNonNull(seen.driver()).version().equals(candidate.version()))
        .toList();
  }
}
