package org.kmodkeeper.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.ModuleFile.VermagicFit;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Access;
import org.kmodkeeper.model.Observation.DkmsState;
import org.kmodkeeper.model.Observation.Footprint;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;

/**
 * Observations and attempts for the tests of pure functions; begins with a driver that is missing.
 */
public record Facts(
    Policy policy,
    @Nullable Driver driver,
    Footprint footprint,
    Observation.Module module,
    Access access,
    @Nullable Path headers,
    List<String> missingTools,
    DkmsState dkms) {
  public static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");
  public static final Path TREE = Path.of("/lib/modules/6.1.0-1.el9.x86_64");
  public static final Advice ADVICE = new Advice("dnf");
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  static final Fit FITS =
      new Fit(
          TREE.resolve("symvers.gz"), 9, List.of(), List.of(), List.of(), Signature.NOT_NEEDED, "");

  public static Facts missing() {
    return new Facts(
        policy(null, Remedy.DKMS, Remedy.DIRECT),
        new Driver("ixgbevf", "1.2", Path.of("/usr/src/ixgbevf-1.2"), List.of("ixgbevf")),
        Footprint.USED_BEFORE,
        new Observation.Module("ixgbevf", Resolution.NOTHING, null, null, null, null, null),
        Access.WRITABLE,
        Path.of("/usr/src/kernels/6.1.0-1.el9.x86_64"),
        List.of(),
        DkmsState.REGISTERED);
  }

  private static Policy policy(@Nullable String version, Remedy... remedies) {
    return new Policy(
        "ixgbevf",
        Policy.Origin.CONFIGURED,
        version,
        List.of(),
        Policy.Need.REQUIRED,
        List.of(remedies),
        null,
        Policy.Reuse.UNTIL_BUILT);
  }

  public static Facts ready() {
    return missing().module(Resolution.FILE, ours(), ours(), null);
  }

  public static Facts shadowed() {
    return missing().module(Resolution.FILE, file("updates/ixgbevf.ko", "1.0"), ours(), null);
  }

  public static ModuleFile ours() {
    return new ModuleFile(
        TREE.resolve("extra/ixgbevf.ko"),
        Place.ADDED,
        "1.2",
        KERNEL + " SMP",
        VermagicFit.FITS,
        Provenance.VERSION);
  }

  /** A module file that nothing shows to be ours, of this kernel. */
  public static ModuleFile file(String where, @Nullable String version) {
    Place place = where.startsWith("kernel/") ? Place.IN_TREE : Place.ADDED;
    return new ModuleFile(
        TREE.resolve(where), place, version, KERNEL + " SMP", VermagicFit.FITS, Provenance.NONE);
  }

  public Facts module(
      Resolution resolution,
      @Nullable ModuleFile resolved,
      @Nullable ModuleFile ours,
      @Nullable String trouble) {
    return module(
        new Observation.Module(
            "ixgbevf", resolution, resolved, resolved == null ? null : FITS, null, ours, trouble));
  }

  /** Our module is what modprobe resolves, and fits the kernel in that way. */
  public Facts fit(@Nullable Fit fit) {
    return module(
        new Observation.Module("ixgbevf", Resolution.FILE, ours(), fit, null, ours(), null));
  }

  private Facts module(Observation.Module seen) {
    return new Facts(policy, driver, footprint, seen, access, headers, missingTools, dkms);
  }

  public Facts withoutSource(Footprint seen) {
    return new Facts(policy, null, seen, module, access, headers, missingTools, dkms);
  }

  public Facts withoutHeaders() {
    return new Facts(policy, driver, footprint, module, access, null, missingTools, dkms);
  }

  public Facts readOnly() {
    return new Facts(
        policy, driver, footprint, module, Access.READ_ONLY, headers, missingTools, dkms);
  }

  public Facts of(Driver other) {
    return new Facts(policy, other, footprint, module, access, headers, missingTools, dkms);
  }

  public Facts headers(Path where) {
    return new Facts(policy, driver, footprint, module, access, where, missingTools, dkms);
  }

  public Facts lacking(String... tools) {
    return new Facts(policy, driver, footprint, module, access, headers, List.of(tools), dkms);
  }

  public Facts dkms(DkmsState state) {
    return new Facts(policy, driver, footprint, module, access, headers, missingTools, state);
  }

  public Facts remedies(Remedy... remedies) {
    return new Facts(
        policy(null, remedies), driver, footprint, module, access, headers, missingTools, dkms);
  }

  public Facts pinned(String version) {
    return new Facts(
        policy(version, Remedy.DIRECT),
        driver,
        footprint,
        module,
        access,
        headers,
        missingTools,
        dkms);
  }

  public Observation observation() {
    return new Observation(
        KERNEL,
        policy,
        driver,
        "",
        "",
        footprint,
        driver == null ? List.of() : List.of(module),
        access,
        headers,
        missingTools,
        dkms,
        "inputs");
  }

  /** An attempt that began that many minutes after {@link #START} and took one second. */
  public static Attempt attempt(long minute, Remedy remedy, Outcome outcome) {
    return new Attempt(
        START.plus(Duration.ofMinutes(minute)),
        Duration.ofSeconds(1),
        KERNEL.release(),
        "ixgbevf",
        "1.2",
        remedy,
        outcome,
        "inputs",
        remedy + " said so",
        "/var/log/kmodkeeper/" + KERNEL + "/ixgbevf-1.2." + remedy + ".log");
  }
}
