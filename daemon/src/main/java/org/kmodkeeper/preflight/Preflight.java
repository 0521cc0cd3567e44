package org.kmodkeeper.preflight;

import java.io.IOException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.HeadersPackage;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.reconcile.StatusReader;
import org.kmodkeeper.remedy.AdvanceBuild;
import org.kmodkeeper.remedy.AdvancePackage;
import org.kmodkeeper.remedy.ArtifactSelection;
import org.kmodkeeper.signing.SignaturePolicy;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.ArtifactStore;

/**
 * Says what will become of drivers on kernels that are not installed. Nothing of the host changes
 * but the store and the answers that are kept.
 */
public final class Preflight {
  /** No closer look comes to another answer. */
  private static final Set<Verdict> FINAL =
      EnumSet.of(Verdict.READY, Verdict.EXCLUDED, Verdict.UNSUPPORTED);

  private final HostPaths paths;
  private final OfferedKernels repositories;
  private final StatusReader status;
  private final Answering answering;
  private final Clock clock;

  private Preflight(
      HostPaths paths,
      OfferedKernels repositories,
      StatusReader status,
      Answering answering,
      Clock clock) {
    this.paths = paths;
    this.repositories = repositories;
    this.status = status;
    this.answering = answering;
    this.clock = clock;
  }

  /** One for this host. */
  public static Preflight open(
      HostPaths paths, CommandRunner runner, Settings settings, Clock clock) throws IOException {
    var packages = new PackageManager(paths, runner);
    return new Preflight(
        paths,
        new OfferedKernels(packages, new KernelInventory(paths)),
        StatusReader.open(paths, runner, settings, clock),
        new Answering(
            new StoredFit(
                new ArtifactSelection(new ArtifactStore(paths), new Kmod(paths, runner)),
                new SignaturePolicy(paths)),
            new OfferedHeaders(paths, packages, new HeadersPackage(paths, runner)),
            new AdvanceBuild(paths, runner, settings, clock),
            new AdvancePackage(paths, runner, packages),
            new Exclusions(paths, runner, settings.excluded())),
        clock);
  }

  /**
   * What is asked.
   *
   * @param kernel the release of one that is offered, or null for all that are newer than the
   *     running one
   * @param driver the name of one, or null for all
   * @param freshly whether what was tried before with the same source is tried again
   */
  public record Request(
      @Nullable String kernel, @Nullable String driver, Depth depth, boolean freshly) {
    private boolean isForAll() {
      return kernel == null && driver == null;
    }
  }

  /**
   * The answers, the newest kernel first.
   *
   * @param drivers how many were asked about
   * @param kernels how many are offered that were asked about
   * @param offered all kernels that are offered
   * @param builds the stored builds that the answers {@code ready} rest on
   * @param host how it stood before
   */
  public record Answers(
      int drivers,
      int kernels,
      List<PreflightAnswer> answers,
      Set<Kernel> offered,
      Map<DriverOnKernel, Artifact> builds,
      HostState host) {}

  /**
   * The same, one at a time on a host.
   *
   * @param waiting called once if another one is at it, which is waited for
   */
  @SuppressWarnings("try")
  public Answers runAlone(Request request, Runnable waiting)
      throws IOException, InterruptedException {
    try (LockFile held = LockFile.takeOrAwait(paths.preflightLock(), waiting)) {
      return run(request);
    }
  }

  /**
   * Answers, by what is quickest first, and keeps each answer at once.
   *
   * @throws IOException if it cannot be found out which kernels are offered
   */
  Answers run(Request request) throws IOException, InterruptedException {
    answering.clear();
    HostState host = status.look();
    KeptAnswers kept = KeptAnswers.open(paths, clock);
    kept.nextBootStays(status.guardMode() == GuardMode.HOLD ? host.nextBoot() : null);
    List<Candidate> candidates = candidates(host, request.driver());
    List<DriverState> lost = withoutSource(host, request.driver());
    int drivers = candidates.size() + lost.size();
    OfferedKernels.Offers offers =
        drivers == 0 ? OfferedKernels.Offers.NONE : repositories.list(request.kernel());
    List<OfferedKernel> kernels = offers.kernels();
    answering.begin(host, kernels);
    Map<DriverOnKernel, PreflightAnswer> answers = new LinkedHashMap<>();
    for (OfferedKernel kernel : kernels) {
      for (Candidate candidate : candidates) {
        PreflightAnswer answer = answering.fromStore(kernel, candidate);
        answers.put(answer.cell(), answer);
        if (request.depth() == Depth.STORED || answer.verdict() == Verdict.READY) {
          kept.put(answer);
        } else {
          // A better one follows, and that of the last time stands until then.
          kept.putIfAbsent(answer);
        }
      }
      for (DriverState driver : lost) {
        PreflightAnswer answer = withoutSource(kernel, driver);
        answers.put(answer.cell(), answer);
        kept.put(answer);
      }
    }
    if (request.isForAll()) {
      kept.retain(answers.keySet());
    }
    kept.write();
    if (request.depth() != Depth.STORED) {
      try {
        for (OfferedKernel kernel : kernels) {
          for (Candidate candidate : candidates) {
            goDeeper(kernel, candidate, request, answers, kept);
          }
        }
      } finally {
        answering.clear();
      }
      Set<Kernel> stay = new HashSet<>(offers.all());
      host.kernels().forEach(row -> stay.add(row.kernel()));
      new ArtifactStore(paths).trim(stay);
    }
    return new Answers(
        drivers,
        kernels.size(),
        List.copyOf(answers.values()),
        offers.all(),
        answering.builds(),
        host);
  }

  /** The drivers that have a source, as they are on the newest kernel that is installed. */
  private List<Candidate> candidates(HostState host, @Nullable String name) throws IOException {
    List<Candidate> candidates = new ArrayList<>();
    for (DriverState cell : onNewest(host, name)) {
      if (cell.observation().driver() != null && cell.observation().unreadable() == null) {
        candidates.add(Candidate.of(paths, cell.observation(), clock.instant()));
      }
    }
    return candidates;
  }

  /** Those whose source is gone. */
  private static List<DriverState> withoutSource(HostState host, @Nullable String name) {
    return onNewest(host, name).stream()
        .filter(
            cell ->
                cell.observation().driver() == null
                    ? cell.finding().verdict() == Verdict.NO_SOURCE
                    : cell.observation().unreadable() != null)
        .toList();
  }

  private static List<DriverState> onNewest(HostState host, @Nullable String name) {
    return host.kernels().stream()
        .limit(1)
        .flatMap(row -> row.drivers().stream())
        .filter(cell -> name == null || cell.observation().policy().name().equals(name))
        .toList();
  }

  private PreflightAnswer withoutSource(OfferedKernel kernel, DriverState driver) {
    Policy policy = driver.observation().policy();
    return new PreflightAnswer(
        clock.instant().truncatedTo(ChronoUnit.SECONDS),
        kernel.kernel().release(),
        policy.name(),
        policy.version(),
        policy.need() != Policy.Need.OPTIONAL,
        "",
        Depth.STORED,
        driver.finding().verdict(),
        driver.finding().detail(),
        null);
  }

  /** Answers where the store and metadata alone were not enough. */
  private void goDeeper(
      OfferedKernel kernel,
      Candidate candidate,
      Request request,
      Map<DriverOnKernel, PreflightAnswer> answers,
      KeptAnswers kept)
      throws IOException, InterruptedException {
    // What was built for another kernel a moment ago may fit this one.
    PreflightAnswer known = answering.fromStore(kernel, candidate);
    // A list of symbols is no news where the packages have told them.
    boolean pays =
        request.depth() == Depth.BUILD
            || known.verdict() == Verdict.UNKNOWN
            || candidate.mayBePackaged();
    if (pays && !FINAL.contains(known.verdict())) {
      Optional<PreflightAnswer> before =
          request.freshly() || request.depth() != Depth.BUILD
              ? Optional.empty()
              : kept.built(candidate, kernel.kernel());
      known =
          before.isPresent() ? before.get() : answering.closely(kernel, candidate, request.depth());
    }
    answers.put(known.cell(), known);
    kept.put(known);
    kept.write();
  }
}
