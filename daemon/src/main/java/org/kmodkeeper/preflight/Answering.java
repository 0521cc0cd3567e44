package org.kmodkeeper.preflight;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.OfferedPackage;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.kmod.SymbolComparison;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.remedy.AdvanceBuild;
import org.kmodkeeper.remedy.AdvancePackage;
import org.kmodkeeper.store.Artifact;

/** Answers for one driver on one offered kernel: from the store, with its headers, by a build. */
final class Answering {
  private final StoredFit stored;
  private final OfferedHeaders headers;
  private final AdvanceBuild builds;
  private final AdvancePackage packages;
  private final Exclusions exclusions;

  Answering(
      StoredFit stored,
      OfferedHeaders headers,
      AdvanceBuild builds,
      AdvancePackage packages,
      Exclusions exclusions) {
    this.stored = stored;
    this.headers = headers;
    this.builds = builds;
    this.packages = packages;
    this.exclusions = exclusions;
  }

  /** Answers from the store and the repositories' metadata alone. */
  PreflightAnswer fromStore(OfferedKernel kernel, Candidate candidate)
      throws IOException, InterruptedException {
    Optional<Finding> exclusion = exclusions.find(candidate, kernel.kernel());
    if (exclusion.isPresent()) {
      return answer(kernel.kernel(), candidate, Depth.STORED, exclusion.get());
    }
    SymbolComparison.@Nullable Offered symbols = symbols(kernel);
    StoredFit.Result fit = stored.compare(candidate, kernel.kernel(), symbols);
    return fit.origin() == null && symbols == null
        ? answer(
            kernel.kernel(),
            candidate,
            Depth.STORED,
            Verdict.UNKNOWN,
            "the kernel's packages do not say which symbols they provide")
        : answer(kernel, candidate, Depth.STORED, fit);
  }

  /** Answers with what the repositories offer: the driver's package, or the kernel's headers. */
  PreflightAnswer closely(OfferedKernel offered, Candidate candidate, Depth depth)
      throws IOException, InterruptedException {
    if (!candidate.mayBePackaged()) {
      return withHeaders(offered, candidate, depth);
    }
    Kernel kernel = offered.kernel();
    Optional<String> refusal;
    try {
      refusal = packages.run(candidate.installed(), kernel);
    } catch (IOException failed) {
      return answer(kernel, candidate, Depth.SYMVERS, Verdict.UNKNOWN, IoErrors.text(failed));
    }
    stored.forget(candidate.driver());
    Optional<String> lack = candidate.lack();
    if (refusal.isEmpty()) {
      StoredFit.Result fit = stored.compare(candidate, kernel, symbols(offered));
      if (fit.origin() != null || (lack.isPresent() && symbols(offered) != null)) {
        return answer(offered, candidate, Depth.SYMVERS, fit);
      }
    } else if (lack.isPresent()) {
      return answer(
          kernel, candidate, Depth.SYMVERS, Verdict.NO_COMPILER, refusal.get() + "; " + lack.get());
    }
    return withHeaders(offered, candidate, lack.isPresent() ? Depth.SYMVERS : depth);
  }

  /** Answers with the kernel's headers, which stay until {@link #clear}. */
  private PreflightAnswer withHeaders(OfferedKernel offered, Candidate candidate, Depth depth)
      throws InterruptedException {
    Kernel kernel = offered.kernel();
    @Nullable OfferedPackage wanted = offered.headers();
    if (wanted == null) {
      return answer(kernel, candidate, Depth.SYMVERS, Verdict.NO_HEADERS, noHeaders(kernel));
    }
    try {
      return withHeaders(offered, candidate, headers.fetch(kernel, wanted), depth);
    } catch (IOException failed) {
      return answer(kernel, candidate, Depth.SYMVERS, Verdict.UNKNOWN, IoErrors.text(failed));
    }
  }

  private PreflightAnswer withHeaders(
      OfferedKernel offered, Candidate candidate, Path unpacked, Depth depth)
      throws IOException, InterruptedException {
    Kernel kernel = offered.kernel();
    Optional<Finding> exclusion = exclusions.find(candidate, kernel, unpacked);
    if (exclusion.isPresent()) {
      // No build would say more.
      return answer(kernel, candidate, depth, exclusion.get());
    }
    SymbolComparison.@Nullable Offered told = symbols(offered);
    Path list = unpacked.resolve("Module.symvers");
    StoredFit.Result fit =
        stored.compare(candidate, kernel, told == null ? names -> Symvers.crcs(list, names) : told);
    if (fit.origin() != null || depth == Depth.SYMVERS) {
      return answer(offered, candidate, Depth.SYMVERS, fit);
    }
    Optional<Finding> refusal = builds.run(candidate.installed(), kernel, unpacked);
    stored.forget(candidate.driver());
    if (refusal.isPresent()) {
      Verdict verdict = refusal.get().verdict();
      boolean hasLog = verdict == Verdict.BUILD_FAILED || verdict == Verdict.UNKNOWN;
      return candidate.answer(
          kernel,
          Depth.BUILD,
          verdict,
          refusal.get().detail(),
          hasLog ? builds.log(candidate.driver(), kernel).toString() : null);
    }
    if (!candidate.policy().remedies().contains(Remedy.STORED)) {
      return answer(
          kernel,
          candidate,
          Depth.BUILD,
          Verdict.MISSING,
          "it compiles; it will be built when the kernel is installed");
    }
    StoredFit.Result now = stored.compare(candidate, kernel, told);
    return now.origin() != null
        ? answer(kernel, candidate, Depth.BUILD, Verdict.READY, "built for it and stored")
        : answer(
            kernel,
            candidate,
            Depth.BUILD,
            Verdict.UNKNOWN,
            "the headers that are offered are not those of this kernel: " + now.refusal());
  }

  /** Those that its packages say they provide; null if they do not say. */
  private static SymbolComparison.@Nullable Offered symbols(OfferedKernel kernel) {
    return kernel.symbols().isEmpty() ? null : names -> kernel.symbols();
  }

  /** Begins with these kernels. */
  void begin(HostState host, List<OfferedKernel> kernels) {
    exclusions.begin(host, kernels);
  }

  /** The stored builds that the answers {@code ready} rest on. */
  Map<DriverOnKernel, Artifact> builds() {
    return stored.fitting();
  }

  /** Removes the headers, also those of a preflight that was killed. */
  void clear() throws IOException, InterruptedException {
    headers.clear();
    builds.clear();
  }

  private static String noHeaders(Kernel kernel) {
    return "no enabled repository has its headers: " + PackageManager.headers(kernel);
  }

  private PreflightAnswer answer(
      OfferedKernel offered, Candidate candidate, Depth depth, StoredFit.Result fit) {
    Kernel kernel = offered.kernel();
    if (fit.origin() != null) {
      return answer(kernel, candidate, depth, Verdict.READY, fit.origin());
    }
    @Nullable String refusal = fit.refusal();
    String why = refusal == null ? "no build that could fit is stored" : refusal;
    Optional<String> lack = candidate.lack();
    if (lack.isPresent()) {
      return answer(kernel, candidate, depth, Verdict.NO_COMPILER, why + "; " + lack.get());
    }
    if (offered.headers() == null) {
      return answer(kernel, candidate, depth, Verdict.NO_HEADERS, why + "; " + noHeaders(kernel));
    }
    return answer(
        kernel,
        candidate,
        depth,
        fit.verdict(),
        fit.verdict() == Verdict.MISSING
            ? why + "; it will be built when the kernel is installed"
            : why);
  }

  private PreflightAnswer answer(Kernel kernel, Candidate candidate, Depth depth, Finding finding) {
    return answer(kernel, candidate, depth, finding.verdict(), finding.detail());
  }

  private PreflightAnswer answer(
      Kernel kernel, Candidate candidate, Depth depth, Verdict verdict, String detail) {
    return candidate.answer(kernel, depth, verdict, detail, null);
  }
}
