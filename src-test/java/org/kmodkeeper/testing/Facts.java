package org.kmodkeeper.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverFacts;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverFacts.Footprint;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.KernelFacts.Access;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.ModuleFile.VermagicFit;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;

/**
 * Observations and attempts; begins with a driver that is missing from {@link #KERNEL}. Each change
 * makes another one.
 */
public final class Facts implements Cloneable {
  public static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");
  public static final Path TREE = Path.of("/lib/modules/6.1.0-1.el9.x86_64");
  public static final Advice ADVICE = new Advice("dnf");
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  static final Fit FITS =
      new Fit(
          TREE.resolve("symvers.gz"), 9, List.of(), List.of(), List.of(), Signature.NOT_NEEDED, "");

  private Kernel kernel = KERNEL;
  private Policy policy = policy(null, Remedy.DKMS, Remedy.DIRECT);

  private @Nullable Driver driver =
      new Driver("ixgbevf", "1.2", Path.of("/usr/src/ixgbevf-1.2"), List.of("ixgbevf"));

  private Footprint footprint = Footprint.USED_BEFORE;
  private List<Observation.Module> modules =
      List.of(Observation.Module.withoutFile("ixgbevf", Resolution.NOTHING, null, null));
  private Access access = Access.WRITABLE;
  private @Nullable Path headers = Path.of("/usr/src/kernels/6.1.0-1.el9.x86_64");
  private List<String> missingTools = List.of();
  private KernelFacts.Toolchain toolchain = KernelFacts.Toolchain.HOST;
  private DkmsState dkms = DkmsState.REGISTERED;
  private DriverFacts.Supply supply = DriverFacts.Supply.SOURCE;

  private Facts() {}

  private Facts with(Consumer<Facts> change) {
    try {
      Facts copy = (Facts) clone();
      change.accept(copy);
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  public static Facts missing() {
    return new Facts();
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

  public Facts module(Observation.Module seen) {
    return with(copy -> copy.modules = List.of(seen));
  }

  /** The driver has that module as well. */
  public Facts and(Observation.Module seen) {
    return with(copy -> copy.modules = Stream.concat(modules.stream(), Stream.of(seen)).toList());
  }

  public Facts on(Kernel other) {
    return with(copy -> copy.kernel = other);
  }

  public Facts withoutSource(Footprint seen) {
    return with(
        copy -> {
          copy.driver = null;
          copy.modules = List.of();
          copy.footprint = seen;
        });
  }

  public Facts withoutHeaders() {
    return with(copy -> copy.headers = null);
  }

  public Facts readOnly() {
    return with(copy -> copy.access = Access.READ_ONLY);
  }

  public Facts partOfImage() {
    return with(copy -> copy.access = Access.PART_OF_IMAGE);
  }

  public Facts of(Driver other) {
    return with(copy -> copy.driver = other);
  }

  public Facts headers(Path where) {
    return with(copy -> copy.headers = where);
  }

  public Facts lacking(String... tools) {
    return with(copy -> copy.missingTools = List.of(tools));
  }

  /** Builds get their compiler and the headers from elsewhere. */
  public Facts disposableToolchain() {
    return with(copy -> copy.toolchain = KernelFacts.Toolchain.DISPOSABLE);
  }

  public Facts dkms(DkmsState state) {
    return with(copy -> copy.dkms = state);
  }

  public Facts supply(DriverFacts.Supply from) {
    return with(copy -> copy.supply = from);
  }

  public Facts need(Policy.Need need) {
    return with(copy -> copy.policy = policy.found(need));
  }

  public Facts remedies(Remedy... remedies) {
    return with(copy -> copy.policy = policy(null, remedies));
  }

  public Facts pinned(String version) {
    return with(copy -> copy.policy = policy(version, Remedy.DIRECT));
  }

  public Observation observation() {
    return new Observation(
        policy,
        new DriverFacts(driver, null, footprint, dkms, supply),
        new KernelFacts(kernel, access, headers, missingTools, toolchain, null, null, null),
        modules,
        null,
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
