package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.SymbolComparison;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.store.ArtifactStore;

/** Builds drivers for kernels that are not installed, with headers alone, and stores the result. */
public final class AdvanceBuild {
  private final HostPaths paths;
  private final TrialBuild trial;
  private final ArtifactMaker maker;
  private final ModuleReader reader = new ModuleReader();

  public AdvanceBuild(HostPaths paths, CommandRunner runner, Settings settings, Clock clock) {
    this.paths = paths;
    this.trial = new TrialBuild(paths, paths.downloads(), runner, settings, clock);
    this.maker = new ArtifactMaker(new ArtifactStore(paths), new Kmod(paths, runner), clock);
  }

  /** The log of such a build. */
  public Path log(Driver driver, Kernel kernel) {
    return paths.logs(kernel).resolve(driver.name() + "-" + driver.version() + ".preflight.log");
  }

  /**
   * Builds one driver.
   *
   * @param installed the driver on a kernel that is installed
   * @param headers those of the kernel that it is built for
   * @return why it would not be ready; nothing if it is stored
   */
  public Optional<Finding> run(Observation installed, Kernel kernel, Path headers)
      throws IOException, InterruptedException {
    Driver driver = Objects.requireNonNull(installed.driver());
    SourceIdentity source = SourceIdentity.of(paths, driver, installed.policy().make());
    var facts =
        new KernelFacts(
            kernel,
            KernelFacts.Access.WRITABLE,
            headers,
            installed.kernelFacts().missingTools(),
            null,
            headers.resolve("Module.symvers"),
            installed.kernelFacts().signatures());
    return trial.run(
        driver,
        facts,
        installed.policy().make(),
        log(driver, kernel),
        modules -> keep(driver, source, facts, modules));
  }

  private Optional<Finding> keep(
      Driver driver, SourceIdentity source, KernelFacts facts, List<Installer.Staged> modules)
      throws IOException, InterruptedException {
    try {
      List<ModuleContent> contents = new ArrayList<>();
      List<ArtifactMaker.Built> built = new ArrayList<>();
      for (Installer.Staged module : modules) {
        contents.add(reader.read(module.file()));
        built.add(new ArtifactMaker.Built(module.module(), module.file(), null));
      }
      Optional<Finding> misfit = misfit(facts, contents);
      if (misfit.isEmpty()) {
        Path headers = Objects.requireNonNull(facts.headers());
        var target =
            new ArtifactMaker.Target(facts.kernel(), facts.symvers(), headers.resolve(".config"));
        maker.add(driver, source, target, built, Remedy.DIRECT);
      }
      return misfit;
    } catch (DamagedModuleException damaged) {
      return Optional.of(
          new Finding(Verdict.DAMAGED, "the build's module " + damaged.getMessage(), null));
    }
  }

  private Optional<Finding> misfit(KernelFacts facts, List<ModuleContent> modules)
      throws IOException {
    for (ModuleContent module : modules) {
      if (!facts.accepts(module.vermagic())) {
        return Optional.of(
            new Finding(
                Verdict.VERMAGIC_MISMATCH, "it was built for " + module.vermagic().strip(), null));
      }
      if (facts.signatures() != null && !module.signed()) {
        return Optional.of(
            new Finding(
                Verdict.UNSIGNED,
                "no key, or no sign-file of an installed kernel, is there to sign it, and "
                    + facts.signatures().enforcedBy()
                    + " requires a signature",
                null));
      }
    }
    List<ModuleContent.Symbol> needed = SymbolComparison.needed(modules);
    Set<String> names = new HashSet<>();
    needed.forEach(symbol -> names.add(symbol.name()));
    Map<String, Long> offered = Symvers.crcs(Objects.requireNonNull(facts.symvers()), names);
    return SymbolComparison.differences(needed, offered).stream()
        .findFirst()
        .map(difference -> new Finding(Verdict.SYMBOL_MISMATCH, difference, null));
  }
}
