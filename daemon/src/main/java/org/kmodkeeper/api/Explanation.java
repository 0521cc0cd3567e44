package org.kmodkeeper.api;

import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Words;
import org.kmodkeeper.reconcile.Evidence;
import org.kmodkeeper.reconcile.KernelFacts;

/**
 * What one verdict rests on, as it travels over the socket; the fields are explained in the
 * interface file.
 */
public record Explanation(
    String kernel,
    Status.Driver driver,
    String origin,
    @Nullable String requiredBy,
    @Nullable String pinned,
    @Nullable String source,
    @Nullable String excluded,
    List<String> remedies,
    @Nullable String due,
    @Nullable String headers,
    List<String> missingTools,
    String dkms,
    @Nullable String vermagic,
    @Nullable String signatureDemand,
    List<Module> modules,
    List<Attempt> attempts) {
  public Explanation {
    Objects.requireNonNull(kernel);
    Objects.requireNonNull(driver);
    remedies = List.copyOf(remedies);
    missingTools = List.copyOf(missingTools);
    modules = List.copyOf(modules);
    attempts = List.copyOf(attempts);
  }

  /** One module of the driver. */
  public record Module(
      String name,
      String resolution,
      @Nullable String trouble,
      List<String> settings,
      @Nullable ModuleFile resolved,
      @Nullable ModuleFile ours,
      @Nullable Fit fit,
      @Nullable Initramfs initramfs) {}

  /** One module file. */
  public record ModuleFile(
      String path,
      boolean inTree,
      @Nullable String version,
      String vermagic,
      boolean vermagicFits,
      String provenance) {
    static @Nullable ModuleFile of(org.kmodkeeper.model.@Nullable ModuleFile file) {
      return file == null
          ? null
          : new ModuleFile(
              file.path().toString(),
              file.place() == org.kmodkeeper.model.ModuleFile.Place.IN_TREE,
              file.version(),
              file.vermagic().strip(),
              file.vermagicFit() == org.kmodkeeper.model.ModuleFile.VermagicFit.FITS,
              Words.of(file.provenance()));
    }
  }

  /** How a module file fits its kernel. */
  public record Fit(
      @Nullable String symvers,
      int compared,
      List<String> symbolTroubles,
      List<String> dependencies,
      List<String> missingDependencies,
      String signature,
      String signer) {
    static @Nullable Fit of(org.kmodkeeper.model.@Nullable Fit fit) {
      return fit == null
          ? null
          : new Fit(
              text(fit.symvers()),
              fit.compared(),
              fit.symbolTroubles(),
              fit.dependencies().stream().map(Path::toString).toList(),
              fit.missingDependencies().stream().map(Path::toString).toList(),
              Words.of(fit.signature()),
              fit.signer());
    }
  }

  /** What the kernel's initramfs holds of a module. */
  public record Initramfs(String match, @Nullable String image, @Nullable String detail) {
    static @Nullable Initramfs of(@Nullable InitramfsCopy copy) {
      return copy == null
          ? null
          : new Initramfs(Words.of(copy.match()), text(copy.image()), copy.detail());
    }
  }

  /** One run of one remedy. */
  public record Attempt(
      String started,
      long durationMilliseconds,
      String version,
      String remedy,
      String outcome,
      String detail,
      @Nullable String log,
      boolean current) {
    static Attempt of(org.kmodkeeper.model.Attempt attempt, String inputs) {
      return new Attempt(
          attempt.started().truncatedTo(ChronoUnit.SECONDS).toString(),
          attempt.took().toMillis(),
          attempt.version(),
          attempt.remedy().toString(),
          attempt.outcome().toString(),
          attempt.detail(),
          attempt.log(),
          attempt.inputs().equals(inputs));
    }
  }

  /** Puts the evidence into the words of the interface. */
  static Explanation of(Evidence evidence) {
    Observation seen = evidence.state().observation();
    Policy policy = seen.policy();
    KernelFacts kernel = evidence.kernel();
    var source = seen.driver();
    return new Explanation(
        seen.kernel().release(),
        Status.driver(evidence.state()),
        Words.of(policy.origin()),
        evidence.state().requiredBy(),
        policy.version(),
        source == null ? null : source.source().toString(),
        seen.excluded().isEmpty() ? null : seen.excluded(),
        policy.remedies().stream().map(Words::of).toList(),
        evidence.state().plan() instanceof Plan.Apply due ? due.remedy().toString() : null,
        text(seen.headers()),
        seen.missingTools(),
        Words.of(seen.dkms()),
        kernel.vermagic().isEmpty() ? null : kernel.vermagic().strip(),
        kernel.signatureDemand().orElse(null),
        seen.modules().stream().map(module -> module(module, evidence.settings())).toList(),
        evidence.attempts().stream().map(one -> Attempt.of(one, seen.inputs())).toList());
  }

  private static Module module(Observation.Module seen, Map<String, List<String>> settings) {
    return new Module(
        seen.name(),
        Words.of(seen.resolution()),
        seen.trouble(),
        settings.getOrDefault(seen.name(), List.of()),
        ModuleFile.of(seen.resolved()),
        ModuleFile.of(seen.ours()),
        Fit.of(seen.fit()),
        Initramfs.of(seen.initramfs()));
  }

  private static @Nullable String text(@Nullable Path path) {
    return path == null ? null : path.toString();
  }
}
