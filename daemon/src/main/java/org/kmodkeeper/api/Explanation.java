package org.kmodkeeper.api;

import java.io.IOException;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverFacts.Supply;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Origin;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.reconcile.StatusReader;
import org.kmodkeeper.reconcile.VerdictDetails;

/**
 * What one verdict rests on, as it travels over the socket; the fields are explained in the
 * interface file.
 */
public record Explanation(
    String kernel,
    Status.DriverStatus driver,
    Origin origin,
    @Nullable String requiredBy,
    @Nullable String pinned,
    @Nullable String source,
    Supply supply,
    @Nullable String excluded,
    @Nullable String stored,
    List<Remedy> remedies,
    @Nullable Remedy due,
    @Nullable String headers,
    List<String> missingTools,
    Toolchain toolchain,
    DkmsState dkms,
    @Nullable String vermagic,
    @Nullable String signaturesEnforcedBy,
    List<ModuleFacts> modules,
    List<PastAttempt> attempts) {
  public Explanation {
    Objects.requireNonNull(kernel);
    Objects.requireNonNull(driver);
    // An older daemon does not tell.
    supply = Objects.requireNonNullElse(supply, Supply.SOURCE);
    remedies = List.copyOf(remedies);
    missingTools = List.copyOf(missingTools);
    // An older daemon knows no other.
    toolchain = Objects.requireNonNullElse(toolchain, Toolchain.HOST);
    modules = List.copyOf(modules);
    attempts = List.copyOf(attempts);
  }

  /** One module of the driver. */
  public record ModuleFacts(
      String name,
      Resolution resolution,
      @Nullable String trouble,
      List<String> settings,
      @Nullable FileFacts resolved,
      @Nullable FileFacts ours,
      @Nullable Fit fit,
      @Nullable InitramfsCopy initramfs) {}

  /** One module file. */
  public record FileFacts(
      String path,
      boolean inTree,
      @Nullable String version,
      String vermagic,
      boolean vermagicFits,
      Provenance provenance) {
    static @Nullable FileFacts of(@Nullable ModuleFile file) {
      return file == null
          ? null
          : new FileFacts(
              file.path().toString(),
              file.place() == ModuleFile.Place.IN_TREE,
              file.version(),
              file.vermagic().strip(),
              file.vermagicFit() == ModuleFile.VermagicFit.FITS,
              file.provenance());
    }
  }

  /** One run of one remedy. */
  public record PastAttempt(
      String started,
      long durationMilliseconds,
      String version,
      Remedy remedy,
      Outcome outcome,
      String detail,
      @Nullable String log,
      boolean current) {
    static PastAttempt of(Attempt attempt, String inputs) {
      return new PastAttempt(
          attempt.started().truncatedTo(ChronoUnit.SECONDS).toString(),
          attempt.took().toMillis(),
          attempt.version(),
          attempt.remedy(),
          attempt.outcome(),
          attempt.detail(),
          attempt.log(),
          attempt.ranWith(inputs));
    }
  }

  /** What the verdicts on one kernel's drivers rest on; nothing if there is no such driver. */
  static List<Explanation> of(StatusReader reader, String kernel, @Nullable String driver)
      throws IOException, InterruptedException {
    return reader.explain(kernel, driver).stream().map(Explanation::of).toList();
  }

  /** Puts the evidence into the words of the interface. */
  private static Explanation of(VerdictDetails evidence) {
    Observation seen = evidence.state().observation();
    Policy policy = seen.policy();
    KernelFacts kernel = seen.kernelFacts();
    var source = seen.driver();
    return new Explanation(
        seen.kernel().release(),
        Status.driver(evidence.state()),
        policy.origin(),
        evidence.state().requiredBy(),
        policy.version(),
        source == null || !seen.driverFacts().supply().hasSource()
            ? null
            : source.source().toString(),
        seen.driverFacts().supply(),
        seen.driverFacts().excluded(),
        evidence.stored(),
        policy.remedies(),
        evidence.state().plan() instanceof Plan.Apply due ? due.remedy() : null,
        text(kernel.headers()),
        kernel.missingTools(),
        kernel.toolchain(),
        seen.driverFacts().dkms(),
        kernel.vermagic() == null ? null : kernel.vermagic().strip(),
        kernel.signatures() == null ? null : kernel.signatures().enforcedBy(),
        seen.modules().stream().map(module -> module(module, evidence.settings())).toList(),
        evidence.attempts().stream().map(one -> PastAttempt.of(one, seen.inputs())).toList());
  }

  private static ModuleFacts module(Observation.Module seen, Map<String, List<String>> settings) {
    return new ModuleFacts(
        seen.name(),
        seen.resolution(),
        seen.trouble(),
        settings.getOrDefault(seen.name(), List.of()),
        FileFacts.of(seen.resolved()),
        FileFacts.of(seen.ours()),
        seen.fit(),
        seen.initramfs());
  }

  private static @Nullable String text(@Nullable Path path) {
    return path == null ? null : path.toString();
  }
}
