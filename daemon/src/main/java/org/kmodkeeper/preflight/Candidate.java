package org.kmodkeeper.preflight;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

/**
 * A driver that is asked about.
 *
 * @param installed how it is on a kernel that is installed
 * @param source what it is built from
 * @param at when that was read: what changes later makes the answers old
 * @param policy for it
 */
record Candidate(Observation installed, SourceIdentity source, Instant at, Policy policy) {
  private static final List<Remedy> BUILDS = List.of(Remedy.DKMS, Remedy.DIRECT);

  static Candidate of(HostPaths paths, Observation installed, Instant now) throws IOException {
    Driver driver = Objects.requireNonNull(installed.driver());
    SourceIdentity source = SourceIdentity.of(paths, driver, installed.policy().make());
    return new Candidate(
        installed, source, now.truncatedTo(ChronoUnit.SECONDS), installed.policy());
  }

  Driver driver() {
    return Objects.requireNonNull(installed.driver());
  }

  /** Whether a package may have its modules. */
  boolean mayBePackaged() {
    return installed.driverFacts().supply().hasPackages()
        && policy.remedies().contains(Remedy.PACKAGE);
  }

  /** Why no build could be made; empty if one could. */
  Optional<String> lack() {
    if (!installed.driverFacts().supply().hasSource()) {
      return Optional.of("no directory " + driver().source() + " to build it from");
    }
    List<String> missing = installed.kernelFacts().missingTools();
    if (!missing.isEmpty() && installed.kernelFacts().toolchain() == Toolchain.HOST) {
      return Optional.of(String.join(" and ", missing) + " not installed");
    }
    return Collections.disjoint(policy().remedies(), BUILDS)
        ? Optional.of("the setting remedies has neither dkms nor direct")
        : Optional.empty();
  }

  /** Another digest means that what was answered before says nothing. */
  String inputs() {
    return Sha256.of(source.source() + source.recipe());
  }

  PreflightAnswer answer(
      Kernel kernel, Depth depth, Verdict verdict, String detail, @Nullable String log) {
    return new PreflightAnswer(
        at,
        kernel.release(),
        driver().name(),
        driver().version(),
        policy().need() != Policy.Need.OPTIONAL,
        inputs(),
        depth,
        verdict,
        detail,
        log);
  }
}
