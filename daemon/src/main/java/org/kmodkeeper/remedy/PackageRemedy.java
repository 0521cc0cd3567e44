package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.build.PackageUnpacker;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.observe.FitInspector;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * Installs the package of the driver's modules that a repository offers for the kernel. It is
 * downloaded and judged first: one that does not fit is never installed.
 */
public final class PackageRemedy implements RemedyAction {
  private final HostPaths paths;
  private final PackageManager packages;
  private final PackageFetcher fetcher;
  private final ModuleTrial trial;
  private final Installer installer;

  /** One that judges by these fits. */
  public PackageRemedy(
      HostPaths paths,
      CommandRunner runner,
      PackageManager packages,
      FitInspector fits,
      Installer installer) {
    this.paths = paths;
    this.packages = packages;
    this.fetcher = new PackageFetcher(packages, new PackageUnpacker(paths, runner));
    this.trial = new ModuleTrial(new Kmod(paths, runner), fits, new OutOfTreeModules(paths));
    this.installer = installer;
  }

  @Override
  public Result apply(Job job) throws IOException, InterruptedException {
    Observation seen = job.observation();
    Driver driver = Objects.requireNonNull(seen.driver());
    Path space = paths.builds().resolve("package-" + driver.name() + "-" + seen.kernel());
    try {
      PackageFetcher.Fetched fetched =
          fetcher.fetch(driver, seen.kernel(), seen.policy().reuse(), space);
      prove(fetched, seen, driver);
      String name = fetched.offered().name();
      job.log().note("installing " + name + " of " + fetched.offered().repository());
      Completed ran = packages.install(fetched.file(), name, job.log().file());
      if (ran.succeeded()) {
        installer.removeInstalled(seen.kernel(), driver);
      }
      return ran.succeeded()
          ? new Result(
              Outcome.NOTHING_LANDED, name + " is installed, but the driver is still not ready")
          : new Result(
              Outcome.BUILD_FAILED,
              ran.command().program()
                  + ": "
                  + job.log().firstError().orElseGet(() -> ran.ending().toString()));
    } catch (Failed failed) {
      job.log().note(String.valueOf(failed.getMessage()));
      return failed.result();
    } finally {
      FileUtils.deleteDirectory(space.toFile());
    }
  }

  /** Judges its modules as if they were installed. */
  private void prove(PackageFetcher.Fetched fetched, Observation seen, Driver driver)
      throws IOException, InterruptedException, Failed {
    List<Installer.Staged> modules = fetched.modules();
    try {
      for (Installer.Staged module : modules) {
        installer.proveFits(module);
      }
    } catch (Failed unfit) {
      throw fetched.refused(String.valueOf(unfit.getMessage()));
    }
    ModuleTrial.Judgement judgement = trial.judge(seen.kernelFacts(), driver, modules);
    if (!judgement.isReady()) {
      throw fetched.refused(
          DriverLine.reason(judgement.finding().verdict(), judgement.finding().detail(), null));
    }
  }
}
