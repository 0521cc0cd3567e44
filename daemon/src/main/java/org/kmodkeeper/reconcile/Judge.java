package org.kmodkeeper.reconcile;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.DkmsState;
import org.kmodkeeper.model.Observation.Footprint;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

/** Says what an observation means. A pure function: the same facts, the same verdict. */
final class Judge {
  private static final String NO_DIRECT = "; the direct build is switched off by remedies";

  private Judge() {}

  /**
   * Judges one (kernel, driver).
   *
   * @param attempts what was tried with these same inputs, oldest first
   */
  static Finding judge(Observation observation, List<Attempt> attempts) {
    Driver driver = observation.driver();
    if (driver == null) {
      return withoutSource(observation);
    }
    Optional<Finding> trouble =
        observation.modules().stream()
            .map(module -> module(observation, driver, module))
            .filter(finding -> finding.verdict() != Verdict.READY)
            .findFirst();
    if (trouble.isEmpty()) {
      return new Finding(Verdict.READY, evidence(observation.modules().get(0)), null);
    }
    return trouble.get().verdict() == Verdict.SHADOWED
        ? trouble.get()
        : obstacle(observation, attempts).orElse(trouble.get());
  }

  private static Finding withoutSource(Observation observation) {
    Policy policy = observation.policy();
    String name = policy.name();
    @Nullable String version = policy.version();
    String wanted = name + "-" + (version == null ? "<version>" : version);
    if (version == null && observation.footprint() == Footprint.NEVER_USED) {
      return new Finding(
          Verdict.NOT_SET_UP,
          "no source of " + name + " on this host",
          "to keep it: tar -C /usr/src -xf " + wanted + ".tar.gz");
    }
    return new Finding(
        Verdict.NO_SOURCE,
        "no directory /usr/src/" + wanted + " to build " + name + " from",
        "put the driver's source there");
  }

  private static Finding module(Observation observation, Driver driver, Observation.Module module) {
    String release = observation.kernel().release();
    ModuleFile ours = module.ours();
    ModuleFile resolved = module.resolved();
    if (resolved != null && resolved.equals(ours)) {
      return new Finding(Verdict.READY, evidence(module), null);
    }
    if (module.resolution() == Resolution.BUILT_IN) {
      return new Finding(
          Verdict.SHADOWED,
          module.name() + " is built into the kernel; no module can replace it",
          null);
    }
    if (module.resolution() == Resolution.INSTALL_COMMAND) {
      return new Finding(
          Verdict.SHADOWED,
          "modprobe.d replaces " + module.name() + ": " + module.trouble(),
          "take the install line out of modprobe.d");
    }
    if (ours != null && resolved != null) {
      return new Finding(
          Verdict.SHADOWED,
          "modprobe resolves " + resolved.path() + " before " + ours.path(),
          "remove " + resolved.path() + " and run depmod " + release);
    }
    if (resolved == null || resolved.place() == Place.IN_TREE) {
      return new Finding(
          module.resolution() == Resolution.UNREADABLE ? Verdict.UNKNOWN : Verdict.MISSING,
          resolved == null && module.trouble() != null
              ? module.trouble()
              : driver.name() + " " + driver.version() + " is not in the kernel's tree",
          null);
    }
    if (!resolved.builtFor().equals(release)) {
      return new Finding(
          Verdict.VERMAGIC_MISMATCH,
          resolved.path() + " was built for " + resolved.builtFor() + ", expected " + release,
          null);
    }
    return new Finding(
        Verdict.WRONG_VERSION,
        resolved.path() + " is " + versionOf(resolved) + ", expected " + driver.version(),
        null);
  }

  private static String versionOf(ModuleFile file) {
    String version = file.version();
    return version == null ? "of unknown version" : "version " + version;
  }

  private static String evidence(Observation.Module module) {
    ModuleFile resolved = module.resolved();
    if (resolved == null) {
      return module.name();
    }
    String shown =
        switch (resolved.provenance()) {
          case VERSION -> "version " + resolved.version();
          case RECEIPT -> "built by kmodkeeper, unchanged since";
          case DKMS -> "built by dkms, unchanged since";
          case NONE -> "of unknown origin";
        };
    return resolved.path() + ", " + shown;
  }

  /** Why no remedy has made it ready. */
  private static Optional<Finding> obstacle(Observation observation, List<Attempt> attempts) {
    String release = observation.kernel().release();
    if (observation.headers() == null) {
      return Optional.of(
          new Finding(
              Verdict.NO_HEADERS,
              "no kernel headers at /lib/modules/" + release + "/build",
              "dnf install kernel-devel-" + release));
    }
    if (!observation.missingTools().isEmpty()) {
      String missing = String.join(" and ", observation.missingTools());
      return Optional.of(
          new Finding(
              Verdict.NO_COMPILER,
              missing + " not installed",
              "dnf install " + String.join(" ", observation.missingTools())));
    }
    Optional<Attempt> failed =
        attempts.stream()
            .filter(attempt -> weight(attempt) > 0)
            .reduce((older, newer) -> weight(newer) >= weight(older) ? newer : older);
    return failed.isPresent()
        ? Optional.of(afterAttempt(observation, failed.get()))
        : withoutRemedy(observation);
  }

  /** dkms alone is allowed, and it does not know the driver. */
  private static Optional<Finding> withoutRemedy(Observation observation) {
    Driver driver = observation.driver();
    if (driver == null
        || observation.policy().remedies().contains(Remedy.DIRECT)
        || observation.dkms() == DkmsState.REGISTERED) {
      return Optional.empty();
    }
    boolean installed = observation.dkms() == DkmsState.NOT_REGISTERED;
    String which = driver.name() + "/" + driver.version();
    return Optional.of(
        new Finding(
            Verdict.MISSING,
            (installed ? "dkms does not know " + which : "dkms is not installed") + NO_DIRECT,
            installed ? "dkms add " + which : "dnf install dkms"));
  }

  /** A compiler's error says more than a tool that declined. */
  private static int weight(Attempt attempt) {
    return switch (attempt.outcome()) {
      case INTERRUPTED, INSTALLED -> 0;
      case NOTHING_LANDED -> 1;
      case BUILD_FAILED, TIMED_OUT, NOT_PROVEN -> 2;
    };
  }

  private static Finding afterAttempt(Observation observation, Attempt attempt) {
    boolean noDirect = !observation.policy().remedies().contains(Remedy.DIRECT);
    String rest = noDirect ? NO_DIRECT : "";
    String detail = attempt.remedy() + ": " + attempt.detail() + rest;
    String advice =
        noDirect
            ? "add direct to remedies in /etc/kmodkeeper/kmodkeeper.conf"
            : "see " + attempt.log();
    return switch (attempt.outcome()) {
      case BUILD_FAILED, TIMED_OUT, NOT_PROVEN ->
          new Finding(Verdict.BUILD_FAILED, detail, "see " + attempt.log());
      case NOTHING_LANDED, INSTALLED, INTERRUPTED -> new Finding(Verdict.MISSING, detail, advice);
    };
  }
}
