package org.kmodkeeper.preflight;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.SymbolComparison;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts.SignatureRule;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.remedy.ArtifactSelection;
import org.kmodkeeper.signing.SignaturePolicy;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.Manifest;

/** Compares what is stored of a driver with the symbols of a kernel that is not installed. */
final class StoredFit {
  private final ArtifactSelection artifacts;
  private final SignaturePolicy signatures;
  private final ModuleReader reader = new ModuleReader();

  /** What was read for another kernel. */
  private final Map<Manifest, Stored> known = new HashMap<>();

  private final Map<DriverOnKernel, Artifact> fitting = new HashMap<>();

  StoredFit(ArtifactSelection artifacts, SignaturePolicy signatures) {
    this.artifacts = artifacts;
    this.signatures = signatures;
  }

  /**
   * What a stored build is worth, whatever the kernel.
   *
   * @param refusal why it is of no use; null if it is of use
   * @param unsigned why its signature would be refused where one is required; null if it would not
   * @param modules those of it that are the driver's; none where it is of no use
   */
  private record Stored(
      @Nullable String refusal, @Nullable Unsigned unsigned, List<ModuleContent> modules) {}

  /**
   * A signature that would be refused.
   *
   * @param verdict {@code unsigned} if that of a new build would be as well, else {@code missing}
   */
  private record Unsigned(Verdict verdict, String why) {}

  /**
   * What came of it.
   *
   * @param origin of the modules that fit, for people; null if none do
   * @param refusal why the most likely ones do not; null if there are none, or they do
   * @param verdict {@code ready}; {@code unsigned} if one would fit but for its signature; else
   *     {@code missing}
   */
  record Result(@Nullable String origin, @Nullable String refusal, Verdict verdict) {
    static Result fits(String origin) {
      return new Result(origin, null, Verdict.READY);
    }
  }

  /**
   * Compares each of the artifacts until one fits.
   *
   * @param symbols those of the kernel, or null if they are not known
   */
  Result compare(Candidate candidate, Kernel kernel, SymbolComparison.@Nullable Offered symbols)
      throws IOException, InterruptedException {
    if (!candidate.policy().remedies().contains(Remedy.STORED)) {
      return new Result(null, "the setting remedies does not have stored", Verdict.MISSING);
    }
    @Nullable Result first = null;
    for (Artifact artifact :
        artifacts.candidates(candidate.driver(), kernel, candidate.policy().reuse())) {
      Result result = compare(artifact, candidate, kernel, symbols);
      if (result.verdict() == Verdict.READY) {
        fitting.put(new DriverOnKernel(kernel, candidate.driver().name()), artifact);
        return result;
      }
      if (result.refusal() != null
          && (first == null
              || (result.verdict() == Verdict.UNSIGNED && first.verdict() != Verdict.UNSIGNED))) {
        first = result;
      }
    }
    return first == null ? new Result(null, null, Verdict.MISSING) : first;
  }

  private Result compare(
      Artifact artifact,
      Candidate candidate,
      Kernel kernel,
      SymbolComparison.@Nullable Offered symbols)
      throws IOException, InterruptedException {
    Manifest manifest = artifact.manifest();
    Stored stored = stored(artifact, candidate);
    if (stored.refusal() != null) {
      return refused(manifest, stored.refusal(), Verdict.MISSING);
    }
    List<ModuleContent.Symbol> needed = SymbolComparison.needed(stored.modules());
    if (symbols != null) {
      Optional<String> difference = SymbolComparison.firstDifference(needed, symbols);
      if (difference.isPresent()) {
        return refused(manifest, difference.get(), Verdict.MISSING);
      }
    } else if (!manifest.kernel().equals(kernel)) {
      return new Result(null, null, Verdict.MISSING);
    }
    @Nullable Unsigned unsigned = stored.unsigned();
    if (unsigned != null) {
      return refused(manifest, unsigned.why(), unsigned.verdict());
    }
    return Result.fits(
        manifest.origin() + (symbols == null ? "" : ", CRCs compared: " + needed.size()));
  }

  private static Result refused(Manifest manifest, String why, Verdict verdict) {
    return new Result(
        null, "the build for " + manifest.kernel() + " does not fit: " + why, verdict);
  }

  private Stored stored(Artifact artifact, Candidate candidate)
      throws IOException, InterruptedException {
    @Nullable Stored before = known.get(artifact.manifest());
    if (before != null) {
      return before;
    }
    Optional<String> refusal = artifacts.refusal(artifact, candidate.driver(), candidate.source());
    Stored read =
        refusal.isPresent()
            ? new Stored(refusal.get(), null, List.of())
            : read(artifact, candidate);
    known.put(artifact.manifest(), read);
    return read;
  }

  private Stored read(Artifact artifact, Candidate candidate)
      throws IOException, InterruptedException {
    @Nullable SignatureRule rule = candidate.installed().kernelFacts().signatures();
    @Nullable Unsigned unsigned = null;
    List<ModuleContent> modules = new ArrayList<>();
    for (Manifest.Module module : artifact.manifest().modules()) {
      if (candidate.driver().modules().contains(module.name())) {
        Path file = artifact.file(module);
        modules.add(read(file));
        if (rule != null && unsigned == null) {
          unsigned = unsigned(file, candidate.installed().kernel(), rule);
        }
      }
    }
    return new Stored(null, unsigned, modules);
  }

  private ModuleContent read(Path file) throws IOException, InterruptedException {
    try {
      return reader.read(file);
    } catch (DamagedModuleException changing) {
      throw new IOException(file + " " + changing.getMessage(), changing);
    }
  }

  /**
   * Why a module's signature would be refused; null if it would not.
   *
   * @param installed a kernel that is taken to accept the same signatures as the other one
   */
  private @Nullable Unsigned unsigned(Path file, Kernel installed, SignatureRule rule)
      throws IOException, InterruptedException {
    SignaturePolicy.Check check = signatures.check(file, installed, rule);
    return switch (check.result()) {
      case ACCEPTED, NOT_NEEDED -> null;
      case ABSENT, UNKNOWN_KEY, NOT_YET_ENROLLED, NOT_A_CA, LIST_NOT_TRUSTED, REVOKED ->
          new Unsigned(Verdict.UNSIGNED, check.detail());
      case BROKEN -> new Unsigned(Verdict.MISSING, check.detail());
    };
  }

  /** What has fitted so far. */
  Map<DriverOnKernel, Artifact> fitting() {
    return Map.copyOf(fitting);
  }

  /** Forgets what was read of a driver: it was built since. */
  void forget(Driver driver) {
    known.keySet().removeIf(manifest -> manifest.driver().equals(driver.name()));
  }
}
