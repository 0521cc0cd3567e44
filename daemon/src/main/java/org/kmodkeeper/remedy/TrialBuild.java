package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.BuildSpace;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.evaluate.ModuleRules;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
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
  private final FitInspector fits;
  private final Kmod kmod;
  private final DkmsConfReader confs;
  private final DirectBuild build;
  private final Duration timeout;
  private final Installer installer;
  private final Advice advice;
  private final ModuleReader reader = new ModuleReader();

  public TrialBuild(HostPaths paths, CommandRunner runner, Settings settings) {
    this.timeout = settings.buildTimeout();
    this.paths = paths;
    this.advice = Advice.on(runner.searchPath());
    var symvers = new Symvers(paths);
    var signatures = new SignaturePolicy(paths);
    this.host = new HostInspector(paths, runner.searchPath(), signatures, settings::certificates);
    var inventory = new KernelInventory(paths);
    this.kernels = new KernelInspector(paths, inventory, reader, symvers, signatures);
    this.fits = new FitInspector(paths, reader, symvers, signatures, settings::certificates);
    this.kmod = new Kmod(paths, runner);
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
    List<Path> needed = neededNow(facts.kernel(), driver);
    for (Installer.Staged module : modules) {
      installer.proveFits(facts.kernel(), module);
      List<Path> chain = new ArrayList<>(needed);
      modules.stream().map(Installer.Staged::file).forEach(chain::add);
      chain.remove(module.file());
      chain.add(module.file());
      Map<Path, Fit> compared = fits.compare(facts, List.of(chain));
      ModuleFile file = file(facts, module);
      var seen =
          new Observation.Module(
              module.module(),
              Observation.Resolution.FILE,
              file,
              Objects.requireNonNull(compared.get(module.file())),
              null,
              file,
              null);
      Finding finding = ModuleRules.judge(facts.kernel(), driver, seen);
      if (finding.verdict() != Verdict.READY) {
        return Optional.of(finding);
      }
    }
    return Optional.empty();
  }

  /** What the version that is installed now needs of others, the new one counts on as well. */
  private List<Path> neededNow(Kernel kernel, Driver driver)
      throws IOException, InterruptedException {
    return kmod.resolve(kernel, driver.modules()).values().stream()
        .flatMap(resolved -> resolved.chain().stream())
        .filter(
            file ->
                driver.modules().stream()
                    .noneMatch(module -> ModuleName.holds(file.getFileName().toString(), module)))
        .distinct()
        .toList();
  }

  private ModuleFile file(KernelFacts facts, Installer.Staged module)
      throws IOException, InterruptedException, RemedyAction.Failed {
    try {
      var content = reader.read(module.file());
      return new ModuleFile(
          module.file(),
          ModuleFile.Place.ADDED,
          content.version(),
          content.vermagic(),
          facts.accepts(content.vermagic())
              ? ModuleFile.VermagicFit.FITS
              : ModuleFile.VermagicFit.DIFFERS,
          ModuleFile.Provenance.RECEIPT);
    } catch (DamagedModuleException damaged) {
      throw new RemedyAction.Failed(Outcome.NOT_PROVEN, String.valueOf(damaged.getMessage()));
    }
  }
}
