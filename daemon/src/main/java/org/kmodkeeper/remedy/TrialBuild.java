package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.BuildSpace;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.observe.FitInspector;
import org.kmodkeeper.observe.HostFacts;
import org.kmodkeeper.observe.HostInspector;
import org.kmodkeeper.observe.KernelFacts;
import org.kmodkeeper.observe.KernelInspector;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.signing.SignaturePolicy;

/**
 * Finds out whether a driver would be ready for a kernel: builds it in a private directory and
 * judges the modules as if they were installed. Nothing of the host changes.
 */
public final class TrialBuild {
  private final HostPaths paths;
  private final HostInspector host;
  private final KernelInspector kernels;
  private final ModuleTrial trial;
  private final DkmsConfReader confs;
  private final DirectBuild build;
  private final Duration timeout;
  private final Installer installer;
  private final Advice advice;

  public TrialBuild(HostPaths paths, CommandRunner runner, Settings settings) {
    this.timeout = settings.buildTimeout();
    this.paths = paths;
    this.advice = Advice.on(runner.searchPath());
    var reader = new ModuleReader();
    var symvers = new Symvers(paths);
    var signatures = new SignaturePolicy(paths);
    this.host = new HostInspector(paths, runner.searchPath(), signatures, settings::certificates);
    var inventory = new KernelInventory(paths);
    this.kernels = new KernelInspector(paths, inventory, reader, symvers, signatures);
    var fits = new FitInspector(paths, reader, symvers, signatures, settings::certificates);
    var kmod = new Kmod(paths, runner);
    this.trial = new ModuleTrial(kmod, fits, symvers, new OutOfTreeModules(paths));
    this.confs = new DkmsConfReader(paths, runner);
    this.build = new DirectBuild(paths, runner);
    this.installer = new Installer(paths, kmod, new InstallReceipts(paths));
  }

  /** The log of a rehearsal. */
  public Path log(Driver driver, Kernel kernel) {
    return paths.logs(kernel).resolve(driver.name() + "-" + driver.version() + ".rehearsal.log");
  }

  /**
   * Rehearses one driver for one kernel.
   *
   * @param make the command to use instead of dkms.conf's MAKE, or null
   * @return why it would not be ready; nothing if it would
   */
  public Optional<Finding> run(Driver driver, Kernel kernel, @Nullable String make)
      throws IOException, InterruptedException {
    HostFacts shared = host.inspect();
    KernelFacts facts = kernels.inspect(shared, kernel, kernels.access(kernel));
    Path headers = facts.headers();
    if (headers == null) {
      return refusal(
          Verdict.NO_HEADERS, "no kernel headers to build it with", advice.installHeaders(kernel));
    }
    if (!shared.missingTools().isEmpty()) {
      String missing = String.join(" ", shared.missingTools());
      return refusal(Verdict.NO_COMPILER, missing + " not installed", advice.install(missing));
    }
    BuildSpace space = BuildSpace.of(paths.rehearsals(), driver, kernel, headers);
    Path log = log(driver, kernel);
    try {
      String excluded =
          confs.describe(driver, new DkmsConfReader.Target(kernel, headers)).excluded();
      if (!excluded.isEmpty()) {
        return refusal(Verdict.EXCLUDED, "its dkms.conf excludes this kernel: " + excluded, null);
      }
      return judge(facts, driver, build.build(space, make, timeout, BuildLog.begin(log)));
    } catch (RemedyAction.Failed failed) {
      return refusal(Verdict.BUILD_FAILED, String.valueOf(failed.getMessage()), "see " + log);
    } finally {
      FileUtils.deleteDirectory(space.root().toFile());
    }
  }

  private static Optional<Finding> refusal(
      Verdict verdict, String detail, @Nullable String advice) {
    return Optional.of(new Finding(verdict, detail, advice));
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
