package org.kmodkeeper.preflight;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.build.DkmsConf;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.build.DkmsConfReader.Target;
import org.kmodkeeper.config.Settings.Excluded;
import org.kmodkeeper.evaluate.Exclusion;
import org.kmodkeeper.evaluate.VerdictRules;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;

/** Which offered kernels the drivers' dkms.conf files exclude. */
final class Exclusions {
  /** The one that depends on more than the kernel's release. */
  private static final String BY_CONFIGURATION = "BUILD_EXCLUSIVE_CONFIG";

  private final HostPaths paths;
  private final DkmsConfReader confs;
  private final Dkms dkms;
  private final Excluded setting;

  private final Map<Driver, Map<String, DkmsConf>> known = new HashMap<>();
  private List<Observation> installed = List.of();
  private List<Kernel> offered = List.of();

  Exclusions(HostPaths paths, CommandRunner runner, Excluded setting) {
    this.paths = paths;
    this.confs = new DkmsConfReader(paths, runner);
    this.dkms = new Dkms(paths, runner);
    this.setting = setting;
  }

  /** Forgets the kernels before. */
  void begin(HostState host, List<OfferedKernel> kernels) {
    installed = host.cells().map(DriverState::observation).toList();
    offered = kernels.stream().map(OfferedKernel::kernel).toList();
    known.clear();
  }

  /**
   * Why the driver is not for the kernel, or why that is not known without the kernel's headers;
   * empty if it is for it.
   */
  Optional<Finding> find(Candidate candidate, Kernel kernel) throws InterruptedException {
    Path conf = candidate.driver().source().resolve("dkms.conf");
    try {
      if (!Files.exists(conf)) {
        return Optional.empty();
      }
      Optional<Finding> excluded = weigh(byRelease(candidate.driver(), kernel), candidate, kernel);
      boolean open =
          excluded.isEmpty() && Files.readString(conf, ISO_8859_1).contains(BY_CONFIGURATION);
      return open
          ? Optional.of(
              new Finding(
                  Verdict.UNKNOWN,
                  "its dkms.conf has "
                      + BY_CONFIGURATION
                      + ", and the kernel's configuration is in its headers",
                  null))
          : excluded;
    } catch (IOException unreadable) {
      return Optional.of(unreadable(unreadable));
    }
  }

  /** The same with the kernel's headers, which tell all. */
  Optional<Finding> find(Candidate candidate, Kernel kernel, Path headers)
      throws InterruptedException {
    try {
      return weigh(
          confs.describe(candidate.driver(), new Target(kernel, headers)), candidate, kernel);
    } catch (IOException unreadable) {
      return Optional.of(unreadable(unreadable));
    }
  }

  private static Finding unreadable(IOException why) {
    return new Finding(Verdict.UNKNOWN, "cannot read its dkms.conf: " + IoErrors.text(why), null);
  }

  /** What the dkms.conf says of the release; bash is asked once for all kernels. */
  private DkmsConf byRelease(Driver driver, Kernel kernel)
      throws IOException, InterruptedException {
    @Nullable Map<String, DkmsConf> answers = known.get(driver);
    if (answers == null) {
      List<Target> targets =
          offered.stream().map(one -> new Target(one, paths.tree(one).resolve("build"))).toList();
      answers = confs.describe(driver, targets);
      known.put(driver, answers);
    }
    @Nullable DkmsConf answer = answers.get(kernel.release());
    return answer == null
        ? confs.describe(driver, new Target(kernel, paths.tree(kernel).resolve("build")))
        : answer;
  }

  private Optional<Finding> weigh(DkmsConf conf, Candidate candidate, Kernel kernel)
      throws IOException {
    if (conf.excluded().isEmpty()) {
      return Optional.empty();
    }
    Finding excluded = VerdictRules.excluded(conf.excluded());
    boolean isBootable = setting == Excluded.BOOTABLE || hasItsOwn(candidate.installed());
    return Optional.of(
        isBootable
            ? excluded
            : Exclusion.withoutItsOwn(excluded, kernel, candidate.policy(), installed));
  }

  /**
   * Whether an installed kernel came with a module for each of the driver's, also where dkms has
   * moved it away; an offered one is taken to do so as well.
   */
  private boolean hasItsOwn(Observation on) throws IOException {
    Path tree = paths.tree(on.kernel());
    Set<String> own = new HashSet<>();
    dkms.originals(on.kernel()).forEach(moved -> own.add(canonical(moved.file())));
    for (Path file : listed(tree, "modules.builtin")) {
      own.add(canonical(file));
    }
    List<String> modules = on.driverFacts().modules();
    for (Path file : listed(tree, "modules.order")) {
      // The list has all that were built with it; not all of them need be installed.
      if (isOneOf(modules, file)
          && DirectoryListing.names(Objects.requireNonNull(file.getParent())).stream()
              .anyMatch(name -> ModuleName.holds(name, ModuleName.stem(file)))) {
        own.add(canonical(file));
      }
    }
    return modules.stream().map(ModuleName::canonical).allMatch(own::contains);
  }

  private static boolean isOneOf(List<String> modules, Path file) {
    return modules.stream()
        .anyMatch(module -> ModuleName.holds(file.getFileName().toString(), module));
  }

  private static String canonical(Path file) {
    return ModuleName.canonical(ModuleName.stem(file));
  }

  private static List<Path> listed(Path tree, String list) throws IOException {
    Path file = tree.resolve(list);
    return Files.exists(file)
        ? Files.readAllLines(file, ISO_8859_1).stream().map(tree::resolve).toList()
        : List.of();
  }
}
