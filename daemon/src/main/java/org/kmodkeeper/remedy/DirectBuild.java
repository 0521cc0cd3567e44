package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.BuildSpace;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.build.Kbuild;
import org.kmodkeeper.build.Recipe;
import org.kmodkeeper.build.SignFile;
import org.kmodkeeper.build.SigningKey;
import org.kmodkeeper.build.Toolchain;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** Builds a driver outside of dkms, in a private directory; installs nothing. */
public final class DirectBuild {
  private final HostPaths paths;
  private final Kbuild kbuild;
  private final DkmsConfReader confs;
  private final Toolchain toolchain;

  /**
   * Builds nothing yet.
   *
   * @param toolchain for kernels whose builds are not to use the host's compiler
   */
  public DirectBuild(HostPaths paths, CommandRunner runner, Toolchain toolchain) {
    this.paths = paths;
    this.kbuild = new Kbuild(paths, runner);
    this.confs = new DkmsConfReader(paths, runner);
    this.toolchain = toolchain;
  }

  /**
   * Where a driver is built; what that needs is there from now on.
   *
   * @param directory of all such places
   */
  BuildSpace space(Path directory, Driver driver, KernelFacts facts, BuildLog log)
      throws IOException, InterruptedException, RemedyAction.Failed {
    if (facts.toolchain() == KernelFacts.Toolchain.HOST) {
      Path headers = Objects.requireNonNull(facts.headers());
      return BuildSpace.of(directory, driver, facts.kernel(), headers);
    }
    Completed made = toolchain.provide(facts.kernel(), log.file());
    if (!made.succeeded()) {
      String why = log.firstError().orElseGet(() -> made.ending().toString());
      throw new RemedyAction.Failed(
          Outcome.BUILD_FAILED,
          "cannot install the disposable toolchain: " + made.command().program() + ": " + why,
          RemedyAction.Blame.HOST);
    }
    return toolchain.space(directory, driver, facts.kernel());
  }

  /**
   * Makes the driver's modules, stripped, signed and compressed as the kernel's own are. They are
   * there until the space is removed, which is the caller's to do. A recipe that does not make them
   * is followed by the next one, on a fresh copy of the source.
   *
   * @param make the operator's own command, or null
   * @param timeout for all recipes together
   */
  List<Installer.Staged> build(
      BuildSpace space, @Nullable String make, Duration timeout, BuildLog log)
      throws IOException, InterruptedException, RemedyAction.Failed {
    FileUtils.deleteDirectory(space.root().toFile());
    Files.createDirectories(space.stage());
    DkmsConf conf = describe(space);
    Map<String, Path> built = run(space, conf, make, timeout, log);
    List<Installer.Staged> staged = new ArrayList<>();
    for (String module : space.driver().modules()) {
      Path file = Objects.requireNonNull(built.get(module));
      staged.add(stage(space, conf, module, file, log));
    }
    return staged;
  }

  private DkmsConf describe(BuildSpace space)
      throws IOException, InterruptedException, RemedyAction.Failed {
    try {
      var target = new DkmsConfReader.Target(space.kernel(), space.headers());
      return confs.describe(space.driver(), target);
    } catch (IOException unreadable) {
      throw new RemedyAction.Failed(Outcome.BUILD_FAILED, String.valueOf(unreadable.getMessage()));
    }
  }

  /** What the first recipe left that makes all modules, by their names. */
  private Map<String, Path> run(
      BuildSpace space, DkmsConf conf, @Nullable String make, Duration timeout, BuildLog log)
      throws IOException, InterruptedException, RemedyAction.Failed {
    long start = System.nanoTime();
    Map<Recipe, String> failures = new LinkedHashMap<>();
    var blame = RemedyAction.Blame.SOURCE;
    for (Recipe recipe : Recipe.of(space, make)) {
      kbuild.copySource(space);
      Duration left = timeout.minusNanos(System.nanoTime() - start);
      String command = Objects.requireNonNullElse(make, "");
      Completed ran = kbuild.build(space, recipe, command, left, log.file());
      if (ran.ending() instanceof Completed.TimedOut) {
        throw new RemedyAction.Failed(
            Outcome.TIMED_OUT, new Completed.TimedOut(timeout).toString(), RemedyAction.Blame.HOST);
      }
      if (ran.ending() instanceof Completed.Stopped stopped) {
        throw new RemedyAction.Failed(
            Outcome.BUILD_FAILED, stopped.toString(), RemedyAction.Blame.HOST);
      }
      Map<String, Path> built = ran.succeeded() ? built(space, conf) : Map.of();
      if (built.keySet().containsAll(space.driver().modules())) {
        return built;
      }
      if (failures.isEmpty() || !Recipe.passed(ran)) {
        failures.put(recipe, whyFailed(space.driver(), ran, built, log));
      }
      if (Kbuild.wasRefused(ran) || log.blamesHost()) {
        blame = RemedyAction.Blame.HOST;
      }
      if (Recipe.failsForAll(ran)) {
        break;
      }
    }
    throw new RemedyAction.Failed(Outcome.BUILD_FAILED, verdict(failures), blame);
  }

  /** Which recipe failed why; they are named only where that differs. */
  private static String verdict(Map<Recipe, String> failures) {
    return new HashSet<>(failures.values()).size() == 1
        ? failures.values().iterator().next()
        : failures.entrySet().stream()
            .map(failure -> failure.getKey() + ": " + failure.getValue())
            .collect(Collectors.joining("; "));
  }

  private static String whyFailed(
      Driver driver, Completed ran, Map<String, Path> built, BuildLog log) throws IOException {
    Optional<String> error = log.firstError();
    if (ran.succeeded()) {
      // A MAKE of several commands ends as its last one does.
      String missing =
          driver.modules().stream()
              .filter(module -> !built.containsKey(module))
              .map(module -> module + ".ko")
              .collect(Collectors.joining(", "));
      return "the build succeeded but produced no "
          + missing
          + error.map(line -> ": " + line).orElse("");
    }
    if (error.isPresent()) {
      return error.get();
    }
    String last = log.lastLine().map(line -> ": " + line).orElse("");
    return ran.ending() + last;
  }

  private Installer.Staged stage(
      BuildSpace space, DkmsConf conf, String module, Path built, BuildLog log)
      throws IOException, InterruptedException, RemedyAction.Failed {
    Optional<DkmsConf.Product> product = product(conf, module);
    Path staged = space.stage().resolve(module + ".ko");
    Files.copy(built, staged);
    if (product.isEmpty() || product.get().debugInfo() == DkmsConf.DebugInfo.STRIPPED) {
      check("strip", kbuild.strip(space, staged), log);
    }
    Optional<SigningKey> key = SigningKey.find(paths, space, conf.signing());
    if (key.isPresent()) {
      sign(key.get(), staged, log);
    }
    String ending = ending(space.kernel());
    check("compress", kbuild.compress(staged, ending), log);
    return new Installer.Staged(module, space.stage().resolve(module + ending), space.kernel());
  }

  private void sign(SigningKey key, Path staged, BuildLog log)
      throws IOException, InterruptedException, RemedyAction.Failed {
    try {
      check("sign by " + key.certificate(), kbuild.sign(key, staged), log);
    } catch (DamagedModuleException garbled) {
      throw new RemedyAction.Failed(
          Outcome.BUILD_FAILED, "sign: " + staged.getFileName() + " " + garbled.getMessage());
    }
  }

  private static Optional<DkmsConf.Product> product(DkmsConf conf, String module) {
    return conf.products().stream().filter(one -> one.module().equals(module)).findFirst();
  }

  /** The driver's modules that the build left: where dkms.conf says, else wherever they are. */
  private static Map<String, Path> built(BuildSpace space, DkmsConf conf) throws IOException {
    Map<String, Path> found = new HashMap<>();
    for (String module : space.driver().modules()) {
      Optional<Path> expected =
          product(conf, module).map(product -> space.build().resolve(product.file()));
      expected.filter(DirectBuild::isFile).ifPresent(file -> found.put(module, file));
      if (!found.containsKey(module)) {
        try (Stream<Path> files = Files.walk(space.build())) {
          files
              .filter(file -> ModuleName.holds(file.getFileName().toString(), module))
              .filter(DirectBuild::isFile)
              .findFirst()
              .ifPresent(file -> found.put(module, file));
        }
      }
    }
    return found;
  }

  /** The build is not to make us read what only root can. */
  private static boolean isFile(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  /** The ending that this kernel's own modules have; before it is installed, the newest one's. */
  private String ending(Kernel kernel) throws IOException {
    List<Kernel> kernels = new ArrayList<>(List.of(kernel));
    if (!Files.isDirectory(ownModules(kernel))) {
      kernels.addAll(new KernelInventory(paths).installed());
    }
    for (Kernel one : kernels) {
      Optional<String> ending = endingIn(ownModules(one));
      if (ending.isPresent()) {
        return ending.get();
      }
    }
    return ".ko";
  }

  private Path ownModules(Kernel kernel) {
    return paths.tree(kernel).resolve("kernel");
  }

  private static Optional<String> endingIn(Path tree) throws IOException {
    if (!Files.isDirectory(tree)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(tree)) {
      return files
          .flatMap(file -> ModuleName.ending(file.getFileName().toString()).stream())
          .findFirst();
    }
  }

  private static void check(String step, Completed ran, BuildLog log)
      throws IOException, RemedyAction.Failed {
    if (!ran.succeeded()) {
      log.note(step + " failed: " + ran.command() + ": " + ran.stderr());
      String why = SignFile.complaint(ran.stderr().lines()).orElseGet(ran::complaint);
      throw new RemedyAction.Failed(
          Outcome.BUILD_FAILED, step + ": " + why, RemedyAction.Blame.HOST);
    }
  }
}
