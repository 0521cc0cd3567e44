package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.build.DkmsOutput;
import org.kmodkeeper.build.SignFile;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.process.Completed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets dkms do its own work.
 *
 * <p>autoinstall comes first for each kernel, as on a host without us. It builds all drivers, also
 * those that have failed before, so it runs once as long as the kernel's headers are the same. What
 * it has tried and failed counts as that driver's own first attempt; after that dkms is asked for
 * the one driver that is meant.
 */
public final class DkmsRemedy implements RemedyAction {
  private static final Logger log = LoggerFactory.getLogger(DkmsRemedy.class);

  private final Dkms dkms;
  private final OriginalModules originals;
  private final Installer installer;
  private final ModuleSigner signer;

  /** The last autoinstall for each kernel; dkms runs once at a time. */
  private final Map<Kernel, Autoinstall> autoinstalls = new HashMap<>();

  /**
   * A run of dkms.
   *
   * @param built the drivers' build logs that it wrote
   * @param log what it printed
   */
  private record Run(Completed completed, Set<FileStamp> built, BuildLog log) {}

  /**
   * An autoinstall that has run.
   *
   * @param headers what it ran with, or null if there was no list of symbols
   * @param told the drivers whose part in it has been told
   */
  private record Autoinstall(Run run, @Nullable FileStamp headers, Set<Driver> told) {}

  public DkmsRemedy(
      Dkms dkms, OriginalModules originals, Installer installer, ModuleSigner signer) {
    this.dkms = dkms;
    this.installer = installer;
    this.signer = signer;
    this.originals = originals;
  }

  @Override
  public Result apply(Job job) throws IOException, InterruptedException {
    if (lacksOnlySignature(job)) {
      if (sign(job)) {
        return new Result(Outcome.INSTALLED, "signed what dkms had built");
      }
      if (lacksOnlyAnotherKey(job) && recordsInstalled(job)) {
        return new Result(
            Outcome.NOTHING_LANDED, "not built again: a build would be signed no differently");
      }
    }
    Result result = build(job);
    sign(job);
    return result;
  }

  /** Whether the modules would be ready if they were signed by another key. */
  private static boolean lacksOnlySignature(Job job) {
    List<Observation.Module> modules = job.observation().modules();
    return job.rebuild() != Rebuild.REQUESTED
        && modules.stream().map(Observation.Module::fit).anyMatch(DkmsRemedy::isRefused)
        && modules.stream()
            .map(Observation.Module::resolved)
            .allMatch(file -> file != null && file.place() == Place.ADDED);
  }

  /** Whether each of the modules is signed and, but for its key, fits. */
  private static boolean lacksOnlyAnotherKey(Job job) {
    return job.observation().modules().stream()
        .map(Observation.Module::fit)
        .allMatch(
            fit ->
                fit != null
                    && fit.symbolTroubles().isEmpty()
                    && fit.signature() != Fit.Signature.ABSENT
                    && fit.signature() != Fit.Signature.BROKEN);
  }

  private boolean recordsInstalled(Job job) throws IOException {
    Driver driver = Objects.requireNonNull(job.observation().driver());
    return dkms.recordsInstalled(driver, job.observation().kernel());
  }

  private static boolean isRefused(@Nullable Fit fit) {
    return fit != null
        && fit.symbolTroubles().isEmpty()
        && fit.signature() != Fit.Signature.BROKEN
        && !fit.signature().isAccepted();
  }

  /** Done by us, and after the build, which so needs no key. */
  private boolean sign(Job job) throws InterruptedException {
    Observation observation = job.observation();
    @Nullable Path headers = observation.kernelFacts().headers();
    Driver driver = Objects.requireNonNull(observation.driver());
    try {
      return headers != null && signer.sign(driver, observation.kernel(), headers);
    } catch (IOException failed) {
      log.warn("cannot sign what dkms built: {}", IoErrors.text(failed));
      return false;
    }
  }

  private Result build(Job job) throws IOException, InterruptedException {
    Observation observation = job.observation();
    BuildLog log = job.log();
    Duration timeout = job.timeout();
    Driver driver = Objects.requireNonNull(observation.driver());
    Kernel kernel = observation.kernel();
    try {
      originals.save(kernel, driver.modules());
    } catch (IOException refusal) {
      String detail = "not run: cannot copy the kernel's own module: " + IoErrors.text(refusal);
      log.note(detail);
      return new Result(Outcome.BUILD_FAILED, detail);
    }
    installer.renewEmptyList(kernel);
    if (observation.isReused()) {
      return told(driver, replaceReused(job, driver, log), log);
    }
    if (job.rebuild() == Rebuild.REQUESTED || recordsAreWrong(observation, driver)) {
      return told(driver, run(() -> dkms.reinstall(driver, kernel, timeout, log.file()), log), log);
    }
    Autoinstall last = autoinstall(job);
    boolean own = log.equals(last.run().log());
    if (last.told().add(driver)
        && (isTried(driver, last.run()) || (own && endedEarly(last.run())))) {
      if (!own) {
        log.append(last.run().log().file());
      }
      return told(driver, last.run(), log);
    }
    if (dkms.recordsInstalled(driver, kernel)) {
      // Its own hook may have installed it meanwhile.
      if ((own && new DkmsOutput(log.file()).declined(driver))
          || installer.hasAdded(kernel, driver)) {
        return new Result(Outcome.NOTHING_LANDED, whyNothing(driver, log));
      }
      // It declined before, or had no room to install it: without its record it tells which.
      return told(
          driver, run(() -> dkms.installAnew(driver, kernel, timeout, log.file()), log), log);
    }
    return told(driver, run(() -> dkms.install(driver, kernel, timeout, log.file()), log), log);
  }

  /** The build takes its time; the module that is in use goes only when its successor is there. */
  private Run replaceReused(Job job, Driver driver, BuildLog log)
      throws IOException, InterruptedException {
    Kernel kernel = job.observation().kernel();
    if (!isBuilt(driver, kernel)) {
      Run built =
          run(() -> dkms.build(driver, kernel, job.priority(), job.timeout(), log.file()), log);
      if (!built.completed().succeeded()) {
        return built;
      }
    }
    return run(
        () ->
            installer.replace(
                kernel, driver, () -> dkms.install(driver, kernel, job.timeout(), log.file())),
        log);
  }

  private boolean isBuilt(Driver driver, Kernel kernel) throws IOException {
    for (String module : driver.modules()) {
      if (dkms.built(driver, kernel, module).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private Run run(Installer.Installation doing, BuildLog log)
      throws IOException, InterruptedException {
    Set<FileStamp> before = buildLogs();
    Completed completed = doing.run();
    reportUnsigned(log);
    Set<FileStamp> built = buildLogs();
    built.removeAll(before);
    return new Run(completed, built, log);
  }

  /** dkms installs what it could not sign, and its exit status does not tell. */
  private static void reportUnsigned(BuildLog dkms) throws IOException {
    try (Stream<String> lines = Files.lines(dkms.file(), StandardCharsets.ISO_8859_1)) {
      SignFile.complaint(lines)
          .ifPresent(why -> log.warn("dkms could not sign: {}; see {}", why, dkms.file()));
    }
  }

  private Set<FileStamp> buildLogs() throws IOException {
    Set<FileStamp> logs = new HashSet<>();
    for (Path file : dkms.buildLogs()) {
      FileStamp.of(file).ifPresent(logs::add);
    }
    return logs;
  }

  /** The autoinstall for that kernel, which runs now if it has not, or not with these headers. */
  private Autoinstall autoinstall(Job job) throws IOException, InterruptedException {
    Kernel kernel = job.observation().kernel();
    Path headers = Objects.requireNonNull(job.observation().kernelFacts().headers());
    @Nullable FileStamp now = FileStamp.of(headers.resolve("Module.symvers")).orElse(null);
    @Nullable Autoinstall last = autoinstalls.get(kernel);
    if (last == null || !Objects.equals(last.headers(), now)) {
      Run run = run(() -> dkms.autoinstall(kernel, job.timeout(), job.log().file()), job.log());
      last = new Autoinstall(run, now, new HashSet<>());
      autoinstalls.put(kernel, last);
    }
    return last;
  }

  /**
   * Whether an autoinstall says how it went for the driver; else it has left the driver alone,
   * which lacks AUTOINSTALL, or was added later.
   */
  private boolean isTried(Driver driver, Run autoinstall) throws IOException {
    return hasBuilt(driver, autoinstall)
        || (Files.exists(autoinstall.log().file())
            && new DkmsOutput(autoinstall.log().file()).errorOf(driver).isPresent());
  }

  /** What ends dkms altogether is the error of the driver that it was run for. */
  private static boolean endedEarly(Run autoinstall) {
    return !autoinstall.completed().succeeded()
        && !autoinstall.completed().ending().equals(DkmsOutput.SOME_FAILED);
  }

  private boolean hasBuilt(Driver driver, Run run) {
    return FileStamp.of(dkms.buildLog(driver)).filter(run.built()::contains).isPresent();
  }

  /** How a run went for this driver; what dkms complains of first may be another one. */
  private Result told(Driver driver, Run run, BuildLog log) throws IOException {
    if (run.completed().ending() instanceof Completed.TimedOut timedOut) {
      return new Result(Outcome.TIMED_OUT, timedOut.toString());
    }
    if (run.completed().ending() instanceof Completed.Stopped stopped) {
      return new Result(Outcome.BUILD_FAILED, stopped.toString());
    }
    if (run.completed().succeeded()) {
      return new Result(Outcome.NOTHING_LANDED, "exited 0 and " + whyNothing(driver, log));
    }
    Optional<String> error = Optional.empty();
    var build = new BuildLog(dkms.buildLog(driver));
    boolean built = hasBuilt(driver, run);
    if (built) {
      error = build.firstError();
    }
    if (error.isEmpty()) {
      error = new DkmsOutput(log.file()).errorOf(driver);
    }
    if (error.isEmpty()) {
      error = log.firstError();
    }
    if (built) {
      log.append(build.file());
    }
    return new Result(
        Outcome.BUILD_FAILED, error.orElseGet(() -> run.completed().ending().toString()));
  }

  @Override
  public BuildLog steps(Driver driver, BuildLog log) {
    return new BuildLog(dkms.buildLog(driver));
  }

  /**
   * dkms takes the driver for installed, and the kernel's own module is not what stands in its
   * place: then autoinstall would do nothing, and dkms's records have to be brought in line with
   * the disk. Where the kernel's own module still stands there, dkms has declined; that is its own
   * decision.
   */
  private boolean recordsAreWrong(Observation observation, Driver driver) throws IOException {
    boolean declined =
        observation.modules().stream()
            .map(Observation.Module::resolved)
            .anyMatch(file -> file != null && file.place() == Place.IN_TREE);
    return !declined && dkms.recordsInstalled(driver, observation.kernel());
  }

  private static String whyNothing(Driver driver, BuildLog log) throws IOException {
    var output = new DkmsOutput(log.file());
    // Version 3.0; later ones install it.
    if (output.declined(driver)) {
      return "installed nothing: its version check considers the kernel's own module the same";
    }
    return output
        .errorOf(driver)
        .map(deferred -> "installed nothing: " + deferred)
        .orElse("installed nothing that modprobe resolves");
  }
}
