package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.BuildSpace;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.build.Toolchain;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.evaluate.VerdictRules;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.observe.Observer;
import org.kmodkeeper.process.CommandRunner;

/**
 * Finds out whether a driver would be ready for a kernel: builds it in a private directory and
 * judges the modules as if they were installed. Nothing of the host changes.
 */
public final class TrialBuild {
  private final HostPaths paths;
  private final Path directory;
  private final Settings settings;
  private final Advice advice;
  private final ModuleTrial trial;
  private final DkmsConfReader confs;
  private final Toolchain toolchain;
  private final DirectBuild build;
  private final Installer installer;

  /**
   * Nothing is run yet.
   *
   * @param directory below which it builds
   */
  public TrialBuild(
      HostPaths paths, Path directory, CommandRunner runner, Settings settings, Clock clock) {
    this.paths = paths;
    this.directory = directory;
    this.settings = settings;
    this.advice = Advice.on(runner.searchPath());
    var kmod = new Kmod(paths, runner);
    this.trial =
        new ModuleTrial(
            kmod, new Observer(paths, runner, clock).fits(), new OutOfTreeModules(paths));
    this.confs = new DkmsConfReader(paths, runner);
    this.toolchain = new Toolchain(paths, directory, PackageManager.forDaemon(paths, runner));
    this.build = new DirectBuild(paths, runner, toolchain);
    this.installer = new Installer(paths, kmod, new InstallReceipts(paths));
  }

  /** The log of a trial. */
  public Path log(Driver driver, Kernel kernel) {
    return paths.logs(kernel).resolve(driver.name() + "-" + driver.version() + ".rehearsal.log");
  }

  /**
   * Tries one driver.
   *
   * @param old another version of it on the kernel that it is tried for
   * @return why it would not be ready; nothing if it would
   */
  public Optional<Finding> run(Driver driver, Observation old)
      throws IOException, InterruptedException {
    KernelFacts facts = old.kernelFacts();
    return run(
        driver,
        facts,
        old.policy().make(),
        log(driver, facts.kernel()),
        modules -> judge(facts, driver, modules));
  }

  /** Says of modules that were built why they would not be ready; nothing if they would. */
  interface Judge {
    Optional<Finding> judge(List<Installer.Staged> modules)
        throws IOException, InterruptedException, RemedyAction.Failed;
  }

  /** Builds, and has the modules judged while they are there. */
  Optional<Finding> run(
      Driver driver, KernelFacts facts, @Nullable String make, Path log, Judge judge)
      throws IOException, InterruptedException {
    Optional<Finding> lack = VerdictRules.lack(facts, advice);
    if (lack.isPresent()) {
      return lack;
    }
    @Nullable BuildSpace space = null;
    try {
      BuildLog written = BuildLog.begin(log);
      space = build.space(directory, driver, facts, written);
      String excluded =
          confs
              .describe(driver, new DkmsConfReader.Target(facts.kernel(), space.headers()))
              .excluded();
      return excluded.isEmpty()
          ? judge.judge(build.build(space, make, settings.buildTimeout(), written))
          : Optional.of(VerdictRules.excluded(excluded));
    } catch (RemedyAction.Failed failed) {
      Verdict verdict = failed.blamesHost() ? Verdict.UNKNOWN : Verdict.BUILD_FAILED;
      return Optional.of(new Finding(verdict, String.valueOf(failed.getMessage()), "see " + log));
    } finally {
      if (space != null) {
        FileUtils.deleteDirectory(space.root().toFile());
      }
    }
  }

  /** Removes what builds have used; another build makes it anew. */
  public void close() throws IOException, InterruptedException {
    toolchain.remove();
  }

  private Optional<Finding> judge(KernelFacts facts, Driver driver, List<Installer.Staged> modules)
      throws IOException, InterruptedException, RemedyAction.Failed {
    for (Installer.Staged module : modules) {
      installer.proveFits(module);
    }
    ModuleTrial.Judgement judgement = trial.judge(facts, driver, modules);
    return judgement.isReady() ? Optional.empty() : Optional.of(judgement.finding());
  }
}
