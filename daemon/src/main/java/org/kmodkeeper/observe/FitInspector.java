package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.FileDependentCache;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.SymbolComparison;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.KernelFacts.SignatureRule;
import org.kmodkeeper.signing.SignaturePolicy;

/**
 * Compares modules with their kernel the way its loader would: each symbol's CRC, the modules they
 * depend on, the signature.
 */
public final class FitInspector {
  /** More differences than anyone reads; one is enough for the loader to refuse. */
  private static final int MAX_TROUBLES = 5;

  private static final int MAX_KERNELS = 1024;

  private final ModuleReader reader;
  private final SymbolExports exports;
  private final SignaturePolicy signatures;
  private final FileDependentCache<Comparison, Map<Path, Fit>> compared;

  private record Comparison(KernelFacts facts, List<List<Path>> chains) {}

  FitInspector(HostPaths paths, ModuleReader reader, SignaturePolicy signatures, Clock clock) {
    this.reader = reader;
    this.exports = new SymbolExports(paths, reader);
    this.signatures = signatures;
    this.compared = new FileDependentCache<>(MAX_KERNELS, clock);
  }

  /**
   * Compares modules of one kernel.
   *
   * @param chains for each module the files that modprobe would load, its own last
   * @return by the module's own file; without those that cannot be read
   */
  public Map<Path, Fit> compare(KernelFacts facts, List<List<Path>> chains)
      throws IOException, InterruptedException {
    Set<Path> reads = new LinkedHashSet<>();
    if (facts.symvers() != null) {
      reads.add(facts.symvers());
    }
    chains.forEach(reads::addAll);
    @Nullable SignatureRule rule = facts.signatures();
    if (rule != null) {
      reads.addAll(signatures.reads(facts.kernel(), rule.certificates()));
    }
    return compared.get(new Comparison(facts, chains), reads, () -> read(facts, chains));
  }

  private Map<Path, Fit> read(KernelFacts facts, List<List<Path>> chains)
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
    @Nullable Path list = facts.symvers();
    // The kernel's list is long, so it is read once for all modules.
    Map<String, Symvers.Offer> offered = list == null ? Map.of() : Symvers.look(list, needed);
    Map<Path, Fit> fits = new HashMap<>();
    for (List<Path> chain : chains) {
      @Nullable ModuleContent module = modules.get(last(chain));
      if (module != null) {
        SignaturePolicy.Check signature = signature(facts, module, last(chain));
        fits.put(last(chain), fit(facts, chain, module, offered, signature));
      }
    }
    return fits;
  }

  private static Path last(List<Path> chain) {
    return chain.get(chain.size() - 1);
  }

  private Fit fit(
      KernelFacts facts,
      List<Path> chain,
      ModuleContent content,
      Map<String, Symvers.Offer> offered,
      SignaturePolicy.Check signature)
      throws IOException, InterruptedException {
    Set<Path> dependencies = new LinkedHashSet<>(chain.subList(0, chain.size() - 1));
    Map<String, Long> added = exports.exportsOfAdded(facts.kernel(), dependencies);
    Set<Path> missing =
        exports.unloaded(facts.kernel(), content.needs(), offered, added, dependencies);
    for (Path dependency : dependencies) {
      if (!Files.exists(dependency)) {
        missing.add(dependency);
      }
    }
    dependencies.addAll(missing);
    List<String> troubles = List.of();
    if (facts.symvers() != null) {
      Map<String, Long> crcs = new HashMap<>();
      offered.forEach((symbol, offer) -> crcs.put(symbol, offer.crc()));
      crcs.putAll(added);
      troubles = SymbolComparison.differences(content.needs(), crcs);
    }
    return new Fit(
        facts.symvers(),
        content.needs().size(),
        troubles.subList(0, Math.min(MAX_TROUBLES, troubles.size())),
        List.copyOf(dependencies),
        List.copyOf(missing),
        signature.result(),
        signature.detail());
  }

  private SignaturePolicy.Check signature(KernelFacts facts, ModuleContent module, Path file)
      throws IOException, InterruptedException {
    @Nullable SignatureRule rule = facts.signatures();
    if (rule == null) {
      boolean signed = module.signed();
      return new SignaturePolicy.Check(Signature.NOT_NEEDED, signed ? "signed" : "not signed");
    }
    return signatures.check(file, facts.kernel(), rule);
  }
}
