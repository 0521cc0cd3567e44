package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.DkmsConfReader;
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
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.signing.SignaturePolicy;
import org.kmodkeeper.store.ArtifactStore;

/** Builds drivers for kernels that are not installed, with headers alone, and stores the result. */
public final class AdvanceBuild {
  private final HostPaths paths;
  private final TrialBuild trial;
  private final ArtifactMaker maker;
  private final OtherModules others;
  private final SignaturePolicy signatures;
  private final ModuleReader reader = new ModuleReader();

  public AdvanceBuild(HostPaths paths, CommandRunner runner, Settings settings, Clock clock) {
    this.paths = paths;
    this.trial = new TrialBuild(paths, paths.downloads(), runner, settings, clock);
    this.maker = new ArtifactMaker(new ArtifactStore(paths), new Kmod(paths, runner), clock);
    this.others = new OtherModules(paths, runner);
    this.signatures = new SignaturePolicy(paths);
  }

  /** The log of such a build. */
  public Path log(Driver driver, Kernel kernel) {
    return paths.logs(kernel).resolve(driver.name() + "-" + driver.version() + ".preflight.log");
  }

  /** Removes what builds have used, also what a preflight left that was killed. */
  public void clear() throws IOException, InterruptedException {
    trial.close();
  }

  /**
   * Builds one driver.
   *
   * @param installed the driver on a kernel that is installed; the other one is taken to accept the
   *     same signatures
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
            installed.kernelFacts().toolchain(),
            null,
            headers.resolve("Module.symvers"),
            installed.kernelFacts().signatures());
    Optional<Finding> refusal =
        trial.run(
            driver,
            facts,
            installed.policy().make(),
            log(driver, kernel),
            modules -> keep(installed, source, facts, modules));
    return refusal.isPresent()
        ? Optional.of(
            others.weigh(refusal.get(), driver, new DkmsConfReader.Target(kernel, headers)))
        : refusal;
  }

  private Optional<Finding> keep(
      Observation installed,
      SourceIdentity source,
      KernelFacts facts,
      List<Installer.Staged> modules)
      throws IOException, InterruptedException {
    Driver driver = Objects.requireNonNull(installed.driver());
    try {
      List<ModuleContent> contents = new ArrayList<>();
      List<ArtifactMaker.Built> built = new ArrayList<>();
      for (Installer.Staged module : modules) {
        contents.add(reader.read(module.file()));
        built.add(new ArtifactMaker.Built(module.module(), module.file(), null));
      }
      Optional<Finding> misfit = misfit(driver, facts, contents);
      if (misfit.isEmpty()) {
        misfit = refusal(installed, modules);
      }
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

  /** Why an installed kernel would refuse the modules for their signatures. */
  private Optional<Finding> refusal(Observation installed, List<Installer.Staged> modules)
      throws IOException, InterruptedException {
    KernelFacts.@Nullable SignatureRule rule = installed.kernelFacts().signatures();
    if (rule == null) {
      return Optional.empty();
    }
    for (Installer.Staged module : modules) {
      SignaturePolicy.Check check = signatures.check(module.file(), installed.kernel(), rule);
      if (check.result() != Fit.Signature.ACCEPTED) {
        boolean broken = check.result() == Fit.Signature.BROKEN;
        return Optional.of(
            new Finding(broken ? Verdict.DAMAGED : Verdict.UNSIGNED, check.detail(), null));
      }
    }
    return Optional.empty();
  }

  private Optional<Finding> misfit(Driver driver, KernelFacts facts, List<ModuleContent> modules)
      throws IOException, InterruptedException {
    for (ModuleContent module : modules) {
      if (!facts.accepts(module.vermagic())) {
        return Optional.of(
            new Finding(
                Verdict.VERMAGIC_MISMATCH, "it was built for " + module.vermagic().strip(), null));
      }
    }
    List<ModuleContent.Symbol> needed = new ArrayList<>(SymbolComparison.needed(modules));
    Path list = Objects.requireNonNull(facts.symvers());
    Map<String, Long> offered = Symvers.crcs(list, SymbolComparison.names(needed));
    Set<String> missing = SymbolComparison.names(needed);
    missing.removeAll(offered.keySet());
    Set<String> elsewhere = others.exported(driver, missing);
    needed.removeIf(symbol -> elsewhere.contains(symbol.name()));
    Optional<String> difference = SymbolComparison.firstDifference(needed, names -> offered);
    return difference.isPresent()
        ? difference.map(detail -> new Finding(Verdict.SYMBOL_MISMATCH, detail, null))
        : elsewhere.stream()
            .sorted()
            .findFirst()
            .map(symbol -> new Finding(Verdict.UNKNOWN, OtherModules.needs(symbol), null));
  }
}
