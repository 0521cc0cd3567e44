package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.SymbolComparison;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.signing.SignaturePolicy;

/**
 * Compares modules with their kernel the way its loader would: each symbol's CRC, the modules they
 * depend on, the signature.
 */
public final class FitInspector {
  /** More differences than anyone reads; one is enough for the loader to refuse. */
  private static final int MAX_TROUBLES = 5;

  private final ModuleReader reader;
  private final SymbolExports providers;
  private final Symvers symvers;
  private final SignaturePolicy signatures;
  private final Supplier<List<Path>> certificates;

  /**
   * @param certificates the certificates whose signatures the operator says the kernels accept
   */
  public FitInspector(
      HostPaths paths,
      ModuleReader reader,
      Symvers symvers,
      SignaturePolicy signatures,
      Supplier<List<Path>> certificates) {
    this.reader = reader;
    this.providers = new SymbolExports(paths, reader);
    this.symvers = symvers;
    this.signatures = signatures;
    this.certificates = certificates;
  }

  /** All that {@link #compare} reads. */
  Set<Path> reads(KernelFacts facts, List<List<Path>> chains) {
    Set<Path> files = new LinkedHashSet<>();
    facts.symvers().ifPresent(files::add);
    chains.forEach(files::addAll);
    if (facts.signaturesEnforcedBy().isPresent()) {
      files.addAll(signatures.reads(facts.kernel(), certificates.get()));
    }
    return files;
  }

  /**
   * Compares modules of one kernel.
   *
   * @param chains for each module the files that modprobe would load, its own last
   * @return by the module's own file; without those that cannot be read
   */
  public Map<Path, Fit> compare(KernelFacts facts, List<List<Path>> chains)
      throws IOException, InterruptedException {
    Map<Path, ModuleContent> modules = new HashMap<>();
    Set<String> needed = new HashSet<>();
    for (List<Path> chain : chains) {
      try {
        ModuleContent module = reader.read(last(chain));
        modules.put(last(chain), module);
        module.needs().forEach(one -> needed.add(one.name()));
      } catch (DamagedModuleException damaged) {
        // Seen and told by the module's own inspection.
      }
    }
    // The kernel's list is long, so it is read once for all modules.
    Map<String, Symvers.Offer> offered =
        facts.symvers().isPresent() ? symvers.look(facts.symvers().get(), needed) : Map.of();
    Map<Path, Fit> fits = new HashMap<>();
    for (List<Path> chain : chains) {
      @Nullable ModuleContent module = modules.get(last(chain));
      if (module != null) {
        fits.put(last(chain), compare(facts, chain, module, offered));
      }
    }
    return fits;
  }

  private static Path last(List<Path> chain) {
    return chain.get(chain.size() - 1);
  }

  private Fit compare(
      KernelFacts facts,
      List<Path> chain,
      ModuleContent content,
      Map<String, Symvers.Offer> offered)
      throws IOException, InterruptedException {
    Set<Path> dependencies = new LinkedHashSet<>(chain.subList(0, chain.size() - 1));
    Map<String, Long> added = providers.exportsOfAdded(facts.kernel(), dependencies);
    Set<Path> missing =
        providers.unloaded(facts.kernel(), content.needs(), offered, added, dependencies);
    for (Path dependency : dependencies) {
      if (!Files.exists(dependency)) {
        missing.add(dependency);
      }
    }
    dependencies.addAll(missing);
    List<String> troubles = List.of();
    if (facts.symvers().isPresent()) {
      Map<String, Long> crcs = new HashMap<>();
      offered.forEach((symbol, offer) -> crcs.put(symbol, offer.crc()));
      crcs.putAll(added);
      troubles = SymbolComparison.differences(content.needs(), crcs);
    }
    var fit =
        new Fit(
            facts.symvers().orElse(null),
            content.needs().size(),
            troubles.subList(0, Math.min(MAX_TROUBLES, troubles.size())),
            List.copyOf(dependencies),
            List.copyOf(missing),
            Signature.NOT_NEEDED,
            content.signed() ? "signed" : "not signed");
    return facts.signaturesEnforcedBy().isPresent()
        ? withSignature(facts, fit, last(chain), facts.signaturesEnforcedBy().get())
        : fit;
  }

  private Fit withSignature(KernelFacts facts, Fit fit, Path file, String enforcedBy)
      throws IOException, InterruptedException {
    SignaturePolicy.Check check = signatures.check(file, facts.kernel(), certificates.get());
    String detail =
        check.result() == Signature.ACCEPTED
            ? check.detail()
            : check.detail() + ", and " + enforcedBy + " requires a signature";
    return new Fit(
        fit.symvers(),
        fit.compared(),
        fit.symbolTroubles(),
        fit.dependencies(),
        fit.missingDependencies(),
        check.result(),
        detail);
  }
}
