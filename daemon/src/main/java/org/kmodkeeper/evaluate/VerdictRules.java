package org.kmodkeeper.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.Advice;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverFacts.DkmsState;
import org.kmodkeeper.model.DriverFacts.Footprint;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.KernelFacts.Access;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

/** Says what an observation means. A pure function: the same facts, the same verdict. */
public final class VerdictRules {
  private static final String NO_DIRECT = "; the direct build is switched off by remedies";

  private VerdictRules() {}

  /**
   * Judges one (kernel, driver).
   *
   * @param attempts what was tried with these same inputs, oldest first
   * @param advice how this host's commands are called
   */
  public static Finding judge(Observation observation, List<Attempt> attempts, Advice advice) {
    return judge(observation, attempts, List.of(), advice);
  }

  /**
   * Judges one (kernel, driver).
   *
   * @param reuses the attempts with the artifacts that are stored now
   */
  static Finding judge(
      Observation observation, List<Attempt> attempts, List<Attempt> reuses, Advice advice) {
    Driver driver = observation.driver();
    if (driver == null) {
      return withoutSource(observation);
    }
    @Nullable String unreadable = observation.unreadable();
    if (unreadable != null) {
      return new Finding(Verdict.UNKNOWN, unreadable, null);
    }
    List<Finding> findings = new ArrayList<>();
    for (Observation.Module module : observation.modules()) {
      findings.add(ModuleRules.judge(observation.kernel(), driver, module));
    }
    Optional<Finding> trouble = worst(findings);
    if (trouble.isEmpty()) {
      return findings.get(0);
    }
    @Nullable String excluded = observation.driverFacts().excluded();
    if (excluded != null) {
      return excluded(excluded);
    }
    if (observation.kernelFacts().access() != Access.WRITABLE
        && changesTree(trouble.get().verdict(), observation.kernelFacts().access())) {
      return readOnly(observation, trouble.get());
    }
    return trouble.get().verdict().needsBuild()
        ? withRefusal(
            obstacle(observation, attempts, trouble.get(), advice).orElse(trouble.get()), reuses)
        : afterOtherRemedy(attempts, trouble.get());
  }

  /**
   * Of several troubles, what can be fixed comes first, or it would be left unfixed because of the
   * other.
   */
  private static Optional<Finding> worst(List<Finding> findings) {
    Optional<Finding> first = Optional.empty();
    for (Finding finding : findings) {
      if (finding.verdict().needsBuild()) {
        return Optional.of(finding);
      }
      if (first.isEmpty() && finding.verdict() != Verdict.READY) {
        first = Optional.of(finding);
      }
    }
    return first;
  }

  /**
   * What it means that a driver's dkms.conf excludes a kernel.
   *
   * @param line the one that does
   */
  public static Finding excluded(String line) {
    return new Finding(Verdict.EXCLUDED, "its dkms.conf excludes this kernel: " + line, null);
  }

  private static boolean changesTree(Verdict verdict, Access access) {
    return verdict.needsBuild()
        || verdict == Verdict.SHADOWED
        || (verdict == Verdict.STALE_INITRAMFS && access == Access.PART_OF_IMAGE);
  }

  private static Finding readOnly(Observation observation, Finding trouble) {
    boolean isImage = observation.kernelFacts().access() == Access.PART_OF_IMAGE;
    return new Finding(
        Verdict.READ_ONLY,
        trouble.detail()
            + "; it cannot be installed: /lib/modules/"
            + observation.kernel()
            + (isImage ? " belongs to this host's image and" : "")
            + " is mounted read-only",
        isImage
            ? "drivers are made ready where the image is built: kmodkeeper prepare"
            : "make its file system writable: mount -o remount,rw");
  }

  /** Adds the result of the remedy that fixes this trouble without a build. */
  private static Finding afterOtherRemedy(List<Attempt> attempts, Finding trouble) {
    Remedy cure = trouble.verdict() == Verdict.SHADOWED ? Remedy.OVERRIDE : Remedy.INITRAMFS;
    boolean has =
        trouble.verdict() == Verdict.SHADOWED || trouble.verdict() == Verdict.STALE_INITRAMFS;
    return unsuccessful(attempts.stream().filter(one -> has && one.remedy() == cure))
        .map(last -> trouble.and(cure + ": " + last.detail()))
        .orElse(trouble);
  }

  private static Finding withoutSource(Observation observation) {
    Policy policy = observation.policy();
    String name = policy.name();
    @Nullable String version = policy.version();
    String wanted = name + "-" + (version == null ? "<version>" : version);
    if (version == null && observation.driverFacts().footprint() == Footprint.NEVER_USED) {
      return new Finding(
          Verdict.NOT_SET_UP,
          "no source of " + name + " on this host",
          "to adopt one: kmodkeeper adopt " + wanted + ".tar.gz");
    }
    return new Finding(
        Verdict.NO_SOURCE,
        "no directory /usr/src/" + wanted + " to build " + name + " from",
        policy.origin() == Policy.Origin.DKMS
            ? "put the driver's source there; if it is no longer wanted: rm -r /var/lib/dkms/"
                + name
            : "put the driver's source there");
  }

  /** Adds why what is stored was of no use, unless a build has failed since: that says more. */
  private static Finding withRefusal(Finding finding, List<Attempt> reuses) {
    return unsuccessful(reuses.stream())
        .filter(last -> finding.verdict() != Verdict.BUILD_FAILED)
        .map(last -> finding.and("stored: " + last.detail()))
        .orElse(finding);
  }

  /** The last of the attempts, unless it was a success or says nothing. */
  private static Optional<Attempt> unsuccessful(Stream<Attempt> attempts) {
    return attempts
        .reduce((older, newer) -> newer)
        .filter(last -> last.outcome() != Attempt.Outcome.INSTALLED)
        .filter(last -> last.outcome() != Attempt.Outcome.INTERRUPTED);
  }

  /** Why no remedy made it ready. */
  private static Optional<Finding> obstacle(
      Observation observation, List<Attempt> attempts, Finding trouble, Advice advice) {
    if (!observation.driverFacts().supply().hasSource()) {
      return Optional.of(withoutPackage(observation, attempts, trouble));
    }
    Optional<Finding> lack = lack(observation.kernelFacts(), advice);
    if (lack.isPresent()) {
      return lack.map(found -> afterHeaders(attempts, found))
          .map(found -> afterPackage(attempts, found));
    }
    Optional<Attempt> failed =
        attempts.stream()
            .filter(attempt -> weight(attempt) > 0)
            .reduce((older, newer) -> weight(newer) >= weight(older) ? newer : older);
    return failed.isPresent()
        ? Optional.of(afterAttempt(observation, failed.get(), trouble))
        : withoutRemedy(observation, trouble, advice);
  }

  /** Where packages are the only source: why none of them has made it ready. */
  private static Finding withoutPackage(
      Observation observation, List<Attempt> attempts, Finding trouble) {
    Driver driver = Objects.requireNonNull(observation.driver());
    boolean tried = unsuccessful(ofPackage(attempts)).isPresent();
    boolean wanted = observation.policy().remedies().contains(Remedy.PACKAGE);
    if (wanted && !tried) {
      return trouble;
    }
    boolean lacks = !observation.kernelFacts().missingTools().isEmpty();
    Finding none =
        new Finding(
            lacks ? Verdict.NO_COMPILER : Verdict.NO_SOURCE,
            lacks
                ? String.join(" and ", observation.kernelFacts().missingTools())
                    + " not installed, and no source to build it from"
                : "no directory /usr/src/" + driver.name() + "-" + driver.version(),
            wanted
                ? "publish the package, or enable the repository that has it"
                : "add package to remedies in /etc/kmodkeeper/kmodkeeper.conf");
    return afterPackage(attempts, none);
  }

  private static Stream<Attempt> ofPackage(List<Attempt> attempts) {
    return attempts.stream().filter(attempt -> attempt.remedy() == Remedy.PACKAGE);
  }

  /** Adds why the package was of no use. */
  private static Finding afterPackage(List<Attempt> attempts, Finding finding) {
    return unsuccessful(ofPackage(attempts))
        .map(last -> finding.and("package: " + last.detail()))
        .orElse(finding);
  }

  /** What a build for that kernel lacks; empty if it can begin. */
  public static Optional<Finding> lack(KernelFacts kernel, Advice advice) {
    if (kernel.canBuild()) {
      return Optional.empty();
    }
    if (kernel.headers() == null) {
      return Optional.of(
          new Finding(
              Verdict.NO_HEADERS,
              "no kernel headers at /lib/modules/" + kernel.kernel() + "/build",
              advice.installHeaders(kernel.kernel())));
    }
    List<String> tools = kernel.missingTools();
    return Optional.of(
        new Finding(
            Verdict.NO_COMPILER,
            String.join(" and ", tools) + " not installed",
            advice.install(String.join(" ", tools))));
  }

  /** Adds why the headers could not be installed. */
  private static Finding afterHeaders(List<Attempt> attempts, Finding lack) {
    return attempts.stream()
        .filter(attempt -> lack.verdict() == Verdict.NO_HEADERS)
        .filter(attempt -> attempt.remedy() == Remedy.HEADERS)
        .reduce((older, newer) -> newer)
        .map(last -> lack.and(last.detail()))
        .orElse(lack);
  }

  /** dkms alone is allowed, and it does not know the driver or has no compiler. */
  private static Optional<Finding> withoutRemedy(
      Observation observation, Finding trouble, Advice advice) {
    Driver driver = observation.driver();
    boolean disposable = observation.kernelFacts().toolchain() == Toolchain.DISPOSABLE;
    if (driver == null
        || observation.policy().remedies().contains(Remedy.DIRECT)
        || (observation.driverFacts().dkms() == DkmsState.REGISTERED && !disposable)) {
      return Optional.empty();
    }
    if (disposable) {
      return Optional.of(
          trouble.and("dkms does not build with a disposable toolchain" + NO_DIRECT));
    }
    boolean installed = observation.driverFacts().dkms() == DkmsState.NOT_REGISTERED;
    String which = driver.name() + "/" + driver.version();
    String why = (installed ? "dkms does not know " + which : "dkms is not installed") + NO_DIRECT;
    return Optional.of(
        new Finding(
            trouble.verdict(),
            trouble.verdict() == Verdict.MISSING ? why : trouble.detail() + "; " + why,
            installed ? "dkms add " + which : advice.install("dkms")));
  }

  /** A compiler's error is more useful than the refusal of a tool. */
  private static int weight(Attempt attempt) {
    boolean builds = attempt.remedy() == Remedy.DKMS || attempt.remedy() == Remedy.DIRECT;
    return switch (attempt.outcome()) {
      case INTERRUPTED, INSTALLED -> 0;
      case NOTHING_LANDED -> builds ? 1 : 0;
      case BUILD_FAILED, TIMED_OUT, NOT_PROVEN -> builds ? 2 : 0;
    };
  }

  private static String whereToLook(Attempt attempt) {
    return attempt.log() == null
        ? "its log could not be written: free space for it, then kmodkeeper rebuild"
        : "see " + attempt.log();
  }

  private static Finding afterAttempt(Observation observation, Attempt attempt, Finding trouble) {
    boolean noDirect = !observation.policy().remedies().contains(Remedy.DIRECT);
    String rest = noDirect ? NO_DIRECT : "";
    String detail = attempt.remedy() + ": " + attempt.detail() + rest;
    return switch (attempt.outcome()) {
      case BUILD_FAILED, TIMED_OUT, NOT_PROVEN ->
          new Finding(Verdict.BUILD_FAILED, detail, whereToLook(attempt));
      case NOTHING_LANDED, INSTALLED, INTERRUPTED ->
          // What was built is there; it is the key that the kernel refuses.
          trouble.verdict() == Verdict.UNSIGNED
              ? trouble
              : new Finding(
                  trouble.verdict(),
                  trouble.verdict() == Verdict.MISSING ? detail : trouble.detail() + "; " + detail,
                  noDirect
                      ? "add direct to remedies in /etc/kmodkeeper/kmodkeeper.conf"
                      : whereToLook(attempt));
    };
  }
}
