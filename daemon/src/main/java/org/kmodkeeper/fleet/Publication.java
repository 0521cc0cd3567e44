package org.kmodkeeper.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverLine;
import org.kmodkeeper.model.DriverOnKernel;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.preflight.Preflight;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.reconcile.StatusReader;
import org.kmodkeeper.store.Artifact;

/** Makes packages of what is stored, and keeps repositories of them. */
public final class Publication {
  private final HostPaths paths;
  private final CommandRunner runner;
  private final Settings settings;
  private final Clock clock;
  private final Signing signing;
  private final StoredBuilds builds;
  private final ModulePackages contents;
  private final Rpm rpm;

  public Publication(
      HostPaths paths, CommandRunner runner, Settings settings, Clock clock, Signing signing) {
    this.paths = paths;
    this.runner = runner;
    this.settings = settings;
    this.clock = clock;
    this.signing = signing;
    this.builds = new StoredBuilds(paths, new Kmod(paths, runner));
    this.contents = new ModulePackages(paths, runner);
    this.rpm = new Rpm(runner);
  }

  /**
   * What is asked.
   *
   * @param kernel null for all
   * @param driver null for all
   * @param keep how many packages of each driver stay in a repository that are for kernels which
   *     are neither installed nor offered, or that a newer one replaces
   * @param freshly whether builds that failed before with the same source are tried again
   */
  public record Request(
      @Nullable Kernel kernel, @Nullable String driver, int keep, boolean freshly) {}

  /**
   * Why there is no package for a driver on a kernel.
   *
   * @param verdict null if the driver may well be ready there
   */
  public record Refusal(String line, @Nullable Verdict verdict, boolean required) {
    static Refusal of(String line) {
      return new Refusal(line, null, true);
    }
  }

  /**
   * What was done.
   *
   * @param drivers how many are managed that were asked for
   * @param made the packages that were made, where they are now
   * @param removed those that were removed
   * @param packages how many there are for what was asked, made now or before
   */
  public record Outcome(
      int drivers, List<Path> made, List<Path> removed, int packages, List<Refusal> refusals) {}

  /** Makes the packages of all that is stored, and puts them into a directory. */
  public Outcome pack(Path output, Request request) throws IOException, InterruptedException {
    checkPrograms();
    ModuleRepository.make(output);
    var host = StatusReader.open(paths, runner, settings, clock).look();
    Predicate<Kernel> wanted =
        kernel -> request.kernel() == null || kernel.equals(request.kernel());
    StoredBuilds.Found found = builds.find(host, request.driver(), wanted, Map.of());
    List<Refusal> refusals = new ArrayList<>(found.refusals());
    Path stage = Files.createTempDirectory(output, ".kmodkeeper-");
    try {
      List<Path> places = new ArrayList<>();
      for (Path made : make(contents(found, List.of()), stage, refusals)) {
        Path place = output.resolve(made.getFileName());
        Files.move(
            made, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        places.add(place);
      }
      return new Outcome(
          found.drivers().size(), places, List.of(), places.size(), List.copyOf(refusals));
    } finally {
      FileUtils.deleteDirectory(stage.toFile());
    }
  }

  /**
   * Builds drivers for the kernels that are offered, and has a repository hold the packages for
   * these and for the installed ones.
   *
   * @param waiting is told what is waited for
   */
  public Outcome publish(Path directory, Request request, Consumer<String> waiting)
      throws IOException, InterruptedException {
    checkPrograms();
    MissingProgramException.check(runner.searchPath(), "createrepo_c", "createrepo_c");
    try (ModuleRepository repository =
        ModuleRepository.open(
            directory, () -> waiting.accept("another publish to " + directory + " is running"))) {
      Preflight.Answers answers = preflight(request, waiting);
      if (answers.drivers() == 0) {
        // Nor is it known what is offered.
        return new Outcome(0, List.of(), List.of(), 0, List.of());
      }
      Set<Kernel> needed = new HashSet<>(answers.offered());
      answers.host().kernels().stream().map(KernelState::kernel).forEach(needed::add);
      @Nullable Kernel only = request.kernel();
      Predicate<Kernel> wanted = only == null ? needed::contains : only::equals;
      Map<DriverOnKernel, Artifact> fitting = new HashMap<>(answers.builds());
      fitting.putAll(builds.reused(answers.host()));
      StoredBuilds.Found found = builds.find(answers.host(), request.driver(), wanted, fitting);
      List<Refusal> refusals = new ArrayList<>(found.refusals());
      refusals.addAll(unready(answers, found, request.driver(), wanted));

      List<Rpm.RpmFile> before = rpm.read(repository.ours());
      List<PackageContent> all = contents(found, before);
      Set<Path> unsigned = signing.isWanted() ? rpm.unsigned(repository.ours()) : Set.of();
      List<PackageContent> missing = missing(all, before, unsigned);
      List<Path> places =
          missing.isEmpty()
              ? List.of()
              : repository.add(make(missing, repository.stage(), refusals));
      List<Rpm.RpmFile> there = new ArrayList<>(rpm.read(repository.ours()));
      Set<Path> removed = replaced(there, unsigned);
      there.removeIf(one -> removed.contains(one.file()));
      if (only == null) {
        removed.addAll(
            new PackageRetention(paths)
                .superfluous(there, request.driver(), needed, request.keep()));
        // The version that is wanted now may be an older one.
        there.stream()
            .filter(one -> all.stream().anyMatch(content -> content.isIn(one)))
            .forEach(one -> removed.remove(one.file()));
      }
      repository.publish(runner, removed);
      return new Outcome(
          answers.drivers(),
          places,
          List.copyOf(new TreeSet<>(removed)),
          all.size(),
          List.copyOf(refusals));
    }
  }

  private void checkPrograms() throws MissingProgramException {
    MissingProgramException.check(runner.searchPath(), "rpmbuild", "rpm-build");
    if (signing.key() != null) {
      MissingProgramException.check(runner.searchPath(), "rpmsign", "rpm-sign");
    }
  }

  private Preflight.Answers preflight(Request request, Consumer<String> waiting)
      throws IOException, InterruptedException {
    @Nullable Kernel kernel = request.kernel();
    return Preflight.open(paths, runner, settings, clock)
        .runAlone(
            new Preflight.Request(
                kernel == null ? null : kernel.release(),
                request.driver(),
                Depth.BUILD,
                request.freshly()),
            () -> waiting.accept("another preflight is running"));
  }

  /** Why there is nothing for a driver on a kernel that should have it. */
  private static List<Refusal> unready(
      Preflight.Answers answers,
      StoredBuilds.Found found,
      @Nullable String driver,
      Predicate<Kernel> wanted) {
    Map<DriverOnKernel, Refusal> unready = new LinkedHashMap<>();
    for (PreflightAnswer answer : answers.answers()) {
      String subject = DriverLine.subject(answer.kernel(), answer.driver(), answer.version());
      String reason = DriverLine.reason(answer.verdict(), answer.detail(), answer.advice());
      unready.put(answer.cell(), unready(subject, reason, answer.verdict(), answer.required()));
    }
    for (DriverState state : answers.host().cells().toList()) {
      Policy policy = state.observation().policy();
      if (wanted.test(state.observation().kernel())
          && (driver == null || driver.equals(policy.name()))) {
        DriverOnKernel cell = DriverOnKernel.of(state);
        @Nullable Driver source = state.observation().driver();
        String subject =
            DriverLine.subject(
                cell.kernel().release(), cell.driver(), source == null ? null : source.version());
        Verdict verdict = state.finding().verdict();
        String reason =
            DriverLine.reason(verdict, state.finding().detail(), state.finding().advice());
        unready.putIfAbsent(
            cell, unready(subject, reason, verdict, policy.need() != Policy.Need.OPTIONAL));
      }
    }
    unready.keySet().removeIf(found::has);
    return unready.values().stream().filter(one -> !isExcluded(one)).toList();
  }

  private static Refusal unready(String subject, String reason, Verdict verdict, boolean required) {
    return verdict == Verdict.READY
        ? new Refusal(
            subject
                + ": no build for it from the present source is stored; kmodkeeper rebuild makes"
                + " one",
            null,
            required)
        : new Refusal(subject + ": " + reason, verdict, required);
  }

  /** There is nothing to build. */
  private static boolean isExcluded(Refusal refusal) {
    return refusal.verdict() != null && refusal.verdict().bootable();
  }

  private List<PackageContent> contents(StoredBuilds.Found found, List<Rpm.RpmFile> there)
      throws IOException, InterruptedException {
    List<PackageContent> all = new ArrayList<>();
    for (StoredBuilds.OfDriver one : found.drivers()) {
      all.addAll(contents.of(one, there));
    }
    return all;
  }

  /** Those that are not there with the same files, but for packages without a signature. */
  private static List<PackageContent> missing(
      List<PackageContent> wanted, List<Rpm.RpmFile> there, Set<Path> unsigned) {
    List<Rpm.RpmFile> usable =
        there.stream()
            .filter(one -> !unsigned.contains(one.file()))
            .sorted(Comparator.comparing(Rpm.RpmFile::release, Kernel.VERSION_ORDER).reversed())
            .toList();
    return wanted.stream().filter(content -> !content.isAmong(usable)).toList();
  }

  /** The unsigned ones that are there with a signature as well. */
  private static Set<Path> replaced(List<Rpm.RpmFile> there, Set<Path> unsigned) {
    Set<String> signed =
        there.stream()
            .filter(one -> !unsigned.contains(one.file()))
            .map(Rpm.RpmFile::nevra)
            .collect(Collectors.toSet());
    return there.stream()
        .filter(one -> unsigned.contains(one.file()) && signed.contains(one.nevra()))
        .map(Rpm.RpmFile::file)
        .collect(Collectors.toCollection(HashSet::new));
  }

  /** Makes and signs packages; what cannot be made is refused, and the others are made. */
  private List<Path> make(List<PackageContent> wanted, Path stage, List<Refusal> refusals)
      throws IOException, InterruptedException {
    Map<Path, PackageContent> made = new LinkedHashMap<>();
    Set<String> without = new HashSet<>();
    for (PackageContent content : wanted) {
      try {
        if (!without.contains(content.driver())) {
          made.put(rpm.build(content, stage), content);
        }
      } catch (IOException failed) {
        refusals.add(Refusal.of(IoErrors.text(failed)));
        if (content.isCommon()) {
          // Those that require it could not be installed.
          without.add(content.driver());
        }
      }
    }
    List<Path> files = List.copyOf(made.keySet());
    rpm.sign(files, signing);
    for (Rpm.RpmFile one : rpm.read(files)) {
      PackageContent content = Objects.requireNonNull(made.get(one.file()));
      if (!one.digests().equals(content.digests())) {
        throw new IOException(
            content.fileName() + ": its files are not those that were stored; try again");
      }
    }
    return files;
  }
}
