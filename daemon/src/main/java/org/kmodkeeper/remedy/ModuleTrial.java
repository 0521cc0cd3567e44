package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.evaluate.ModuleRules;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.kmod.SymbolComparison;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.observe.FitInspector;

/** Judges modules that are not installed as if they were; changes nothing. */
public final class ModuleTrial {
  private final Kmod kmod;
  private final FitInspector fits;
  private final OutOfTreeModules added;
  private final ModuleReader reader = new ModuleReader();

  /** Judges by these fits. */
  public ModuleTrial(Kmod kmod, FitInspector fits, OutOfTreeModules added) {
    this.kmod = kmod;
    this.fits = fits;
    this.added = added;
  }

  /**
   * What modules would be once they are installed.
   *
   * @param finding the first that does not fit, or else the first that lacks nothing but a
   *     signature that the kernel accepts, or that the last one is
   * @param compared how many symbols were compared with the kernel's
   */
  record Judgement(Finding finding, int compared) {
    boolean isReady() {
      return finding.verdict() == Verdict.READY;
    }

    /** Whether they lack nothing but signatures that the kernel accepts. */
    boolean lacksSignature() {
      return finding.verdict() == Verdict.UNSIGNED;
    }
  }

  /** Judges all modules of a driver for an installed kernel. */
  Judgement judge(KernelFacts facts, Driver driver, List<Installer.Staged> modules)
      throws IOException, InterruptedException {
    List<Path> files = modules.stream().map(Installer.Staged::file).toList();
    int compared = 0;
    Finding finding = new Finding(Verdict.READY, "", null);
    try {
      Set<Path> providers = providers(facts, driver, files);
      for (Installer.Staged module : modules) {
        List<Path> chain = new ArrayList<>(providers);
        files.stream().filter(file -> !file.equals(module.file())).forEach(chain::add);
        chain.add(module.file());
        Fit fit = Objects.requireNonNull(fits.compare(facts, List.of(chain)).get(module.file()));
        compared += fit.compared();
        Finding one = judge(facts, driver, module, fit);
        boolean unfit = one.verdict() != Verdict.READY && one.verdict() != Verdict.UNSIGNED;
        if (unfit || finding.verdict() == Verdict.READY) {
          finding = one;
        }
        if (unfit) {
          break;
        }
      }
    } catch (DamagedModuleException damaged) {
      finding = new Finding(Verdict.DAMAGED, String.valueOf(damaged.getMessage()), null);
    }
    return new Judgement(finding, compared);
  }

  private Finding judge(KernelFacts facts, Driver driver, Installer.Staged module, Fit fit)
      throws IOException, InterruptedException, DamagedModuleException {
    ModuleContent content = reader.read(module.file());
    var file =
        new ModuleFile(
            module.file(),
            ModuleFile.Place.ADDED,
            content.version(),
            content.vermagic(),
            facts.accepts(content.vermagic())
                ? ModuleFile.VermagicFit.FITS
                : ModuleFile.VermagicFit.DIFFERS,
            ModuleFile.Provenance.RECEIPT);
    return ModuleRules.judge(
        facts.kernel(),
        driver,
        new Observation.Module(
            module.module(), Observation.Resolution.FILE, file, fit, null, file, null));
  }

  /**
   * What modprobe would load before the modules: whatever offers the symbols that they need, be it
   * the kernel's own or one that was added and fits the kernel itself.
   */
  private Set<Path> providers(KernelFacts facts, Driver driver, List<Path> files)
      throws IOException, InterruptedException, DamagedModuleException {
    List<ModuleContent> contents = new ArrayList<>();
    for (Path file : files) {
      contents.add(reader.read(file));
    }
    Set<String> needed = new HashSet<>();
    SymbolComparison.needed(contents).forEach(symbol -> needed.add(symbol.name()));
    @Nullable Path list = facts.symvers();
    Map<String, Symvers.Offer> offered =
        new HashMap<>(list == null ? Map.of() : Symvers.look(list, needed));
    Set<String> names = new LinkedHashSet<>();
    for (Symvers.Offer offer : offered.values()) {
      if (!offer.module().isEmpty()) {
        names.add(offer.module().substring(offer.module().lastIndexOf('/') + 1));
      }
    }
    needed.removeAll(offered.keySet());
    names.addAll(addedProviders(facts, driver, needed));
    Set<Path> chain = new LinkedHashSet<>();
    kmod.resolve(facts.kernel(), names).values().forEach(one -> chain.addAll(one.chain()));
    chain.removeIf(file -> isOf(driver, file));
    return chain;
  }

  private Set<String> addedProviders(KernelFacts facts, Driver driver, Set<String> needed)
      throws IOException, InterruptedException {
    Set<String> names = new LinkedHashSet<>();
    for (Path file : needed.isEmpty() ? List.<Path>of() : added.of(facts.kernel())) {
      if (!isOf(driver, file) && offersAny(file, needed) && fits(facts, file)) {
        names.add(ModuleName.stem(file));
      }
    }
    return names;
  }

  private boolean offersAny(Path file, Set<String> needed)
      throws IOException, InterruptedException {
    try {
      return reader.read(file).exports().keySet().stream().anyMatch(needed::contains);
    } catch (DamagedModuleException damaged) {
      return false;
    }
  }

  private boolean fits(KernelFacts facts, Path file) throws IOException, InterruptedException {
    Kernel kernel = facts.kernel();
    List<Path> chain = kmod.resolve(kernel, ModuleName.stem(file)).chain();
    if (chain.isEmpty()) {
      return false;
    }
    Path resolved = chain.get(chain.size() - 1);
    @Nullable Fit fit = fits.compare(facts, List.of(chain)).get(resolved);
    try {
      return fit != null
          && fit.symbolTroubles().isEmpty()
          && facts.accepts(reader.read(resolved).vermagic());
    } catch (DamagedModuleException damaged) {
      return false;
    }
  }

  private static boolean isOf(Driver driver, Path file) {
    String name = file.getFileName().toString();
    return driver.modules().stream().anyMatch(module -> ModuleName.holds(name, module));
  }
}
