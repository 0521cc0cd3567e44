package org.kmodkeeper.preflight;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.SymbolComparison;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.remedy.ArtifactSelection;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.Manifest;

/** Compares what is stored of a driver with the symbols of a kernel that is not installed. */
final class StoredFit {
  private final ArtifactSelection artifacts;
  private final ModuleReader reader = new ModuleReader();

  /** What was read for another kernel. The files of a manifest have the digests that it says. */
  private final Map<Manifest, List<ModuleContent>> known = new HashMap<>();

  StoredFit(ArtifactSelection artifacts) {
    this.artifacts = artifacts;
  }

  /** The symbols of a kernel. */
  interface Symbols {
    /** The CRCs of those that it offers of these names. */
    Map<String, Long> look(Set<String> names) throws IOException;
  }

  /**
   * What came of it.
   *
   * @param origin of the modules that fit, for people; null if none do
   * @param refusal why the most likely ones do not; null if there are none, or they do
   */
  record Result(@Nullable String origin, @Nullable String refusal) {}

  /**
   * Compares each of the artifacts until one fits.
   *
   * @param symbols those of the kernel, or null if they are not known
   */
  Result compare(Candidate candidate, Kernel kernel, @Nullable Symbols symbols)
      throws IOException, InterruptedException {
    if (!candidate.policy().remedies().contains(Remedy.STORED)) {
      return new Result(null, "the setting remedies does not have stored");
    }
    List<String> refusals = new ArrayList<>();
    for (Artifact artifact :
        artifacts.candidates(candidate.driver(), kernel, candidate.policy().reuse())) {
      Manifest manifest = artifact.manifest();
      Optional<String> refusal =
          artifacts.refusal(artifact, candidate.driver(), candidate.source());
      List<ModuleContent> modules = refusal.isEmpty() ? modules(artifact, candidate) : List.of();
      if (candidate.mustBeSigned() && !modules.stream().allMatch(ModuleContent::signed)) {
        refusal = Optional.of("it is not signed");
      }
      if (refusal.isEmpty() && symbols != null) {
        List<ModuleContent.Symbol> needed = SymbolComparison.needed(modules);
        Optional<String> difference = difference(needed, symbols);
        if (difference.isEmpty()) {
          return new Result(manifest.origin() + ", CRCs compared: " + needed.size(), null);
        }
        refusal = difference;
      } else if (refusal.isEmpty() && manifest.kernel().equals(kernel)) {
        return new Result(manifest.origin(), null);
      }
      if (refusal.isPresent()) {
        refusals.add("the build for " + manifest.kernel() + " does not fit: " + refusal.get());
      }
    }
    return new Result(null, refusals.isEmpty() ? null : refusals.get(0));
  }

  private static Optional<String> difference(List<ModuleContent.Symbol> needed, Symbols symbols)
      throws IOException {
    Set<String> names = new HashSet<>();
    needed.forEach(symbol -> names.add(symbol.name()));
    return SymbolComparison.differences(needed, symbols.look(names)).stream().findFirst();
  }

  private List<ModuleContent> modules(Artifact artifact, Candidate candidate)
      throws IOException, InterruptedException {
    @Nullable List<ModuleContent> before = known.get(artifact.manifest());
    if (before != null) {
      return before;
    }
    List<ModuleContent> modules = new ArrayList<>();
    for (Manifest.Module module : artifact.manifest().modules()) {
      if (candidate.driver().modules().contains(module.name())) {
        try {
          modules.add(reader.read(artifact.file(module)));
        } catch (DamagedModuleException changing) {
          throw new IOException(artifact.file(module) + " " + changing.getMessage(), changing);
        }
      }
    }
    known.put(artifact.manifest(), modules);
    return modules;
  }
}
