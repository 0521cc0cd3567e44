package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * dkms(8), versions 2.8 to 3.4.
 *
 * <p>Its exit status proves nothing: 0 also means that it declined, or that it trusted its records.
 * It runs confined, and while nobody else runs it: it runs the dkms.conf, and what that names, with
 * its own rights.
 */
public final class Dkms {
  /** Where dkms keeps the modules that it moved out of kernels' trees, for each driver. */
  private static final String ORIGINALS = "original_module";

  /** Begins the names of the links that say for which kernels a driver is installed. */
  private static final String INSTALLED = "kernel-";

  /**
   * How long another dkms is waited for before ours changes records, and how long that may take.
   */
  private static final Duration CHANGE_TIMEOUT = Duration.ofMinutes(10);

  /**
   * dkms 3.4 signs nothing where it takes itself to run in a chroot, which it does in any mount
   * namespace but init's: a service's, or that of a confined command. What framework.conf says has
   * the last word; older versions always sign, and do not know the word.
   */
  private static final String SIGN = "try_sign_modules";

  private final HostPaths paths;
  private final CommandRunner runner;
  private final DkmsProcesses processes;
  private final Sandbox sandbox;

  public Dkms(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
    this.processes = new DkmsProcesses(paths, runner);
    this.sandbox = new Sandbox(paths);
  }

  public boolean isInstalled() {
    return runner.searchPath().find("dkms").isPresent();
  }

  /** Whether dkms knows this version of the driver. */
  public boolean isRegistered(String name, String version) {
    return Files.exists(paths.dkmsTree().resolve(name).resolve(version).resolve("source"));
  }

  /** Whether dkms knows any version of the driver. */
  public boolean isRegistered(String name) {
    return Files.isDirectory(paths.dkmsTree().resolve(name));
  }

  /** The drivers that dkms knows, by name. */
  public List<String> registered() throws IOException {
    return List.copyOf(newest().keySet());
  }

  /** The newest registered version of each driver that dkms knows, by the driver's name. */
  public Map<String, DriverSources.Source> newest() throws IOException {
    Map<String, DriverSources.Source> sources = new TreeMap<>();
    for (String name : DirectoryListing.names(paths.dkmsTree())) {
      newest(name).ifPresent(source -> sources.put(name, source));
    }
    return sources;
  }

  /** The drivers that dkms has installed for one of the kernels, and whose source has gone. */
  public List<String> withoutSource(List<Kernel> kernels) throws IOException {
    List<String> names = new ArrayList<>();
    for (String name : DirectoryListing.names(paths.dkmsTree())) {
      List<String> records = DirectoryListing.names(paths.dkmsTree().resolve(name));
      if (newest(name).isEmpty() && records.stream().anyMatch(entry -> isActive(entry, kernels))) {
        names.add(name);
      }
    }
    return names;
  }

  /** dkms leaves links behind of kernels that have gone. */
  private static boolean isActive(String record, List<Kernel> kernels) {
    return kernels.stream().anyMatch(kernel -> record.startsWith(INSTALLED + kernel + "-"));
  }

  /** The newest registered version of a driver, as autoinstall chooses it. */
  public Optional<DriverSources.Source> newest(String name) throws IOException {
    return versions(name).stream()
        .max(Comparator.comparing(DriverSources.Source::version, Kernel.VERSION_ORDER));
  }

  /** All registered versions of a driver. */
  public List<DriverSources.Source> versions(String name) throws IOException {
    return DirectoryListing.of(paths.dkmsTree().resolve(name)).stream()
        .filter(version -> !version.getFileName().toString().startsWith(INSTALLED))
        .filter(version -> Files.exists(version.resolve("source")))
        .map(version -> source(version))
        .toList();
  }

  private static DriverSources.Source source(Path version) {
    Path link = version.resolve("source");
    try {
      return new DriverSources.Source(version.getFileName().toString(), link.toRealPath());
    } catch (IOException vanished) {
      return new DriverSources.Source(version.getFileName().toString(), link);
    }
  }

  /** Whether dkms's records say that the driver is installed for that kernel, rightly or not. */
  public boolean recordsInstalled(Driver driver, Kernel kernel) throws IOException {
    for (Path link : activeLinks(paths.dkmsTree().resolve(driver.name()), kernel)) {
      if (Files.readSymbolicLink(link).startsWith(driver.version())) {
        return true;
      }
    }
    return false;
  }

  /** Whether they say so for any version of the driver and any kernel. */
  public boolean recordsInstalled(String name) throws IOException {
    return DirectoryListing.names(paths.dkmsTree().resolve(name)).stream()
        .anyMatch(record -> record.startsWith(INSTALLED));
  }

  /**
   * {@code kernel-<release>-<arch> -> <version>/<release>/<arch>}: what says that it is installed.
   */
  private static List<Path> activeLinks(Path driver, Kernel kernel) throws IOException {
    String start = INSTALLED + kernel.release() + "-";
    return DirectoryListing.of(driver).stream()
        .filter(entry -> entry.getFileName().toString().startsWith(start))
        .filter(Files::isSymbolicLink)
        .toList();
  }

  /**
   * One of a kernel's own modules that dkms moved away.
   *
   * @param inUse whether a driver is installed in its place
   */
  public record Original(Path file, boolean inUse) {}

  /** The kernel's own modules that dkms moved away. */
  public List<Original> originals(Kernel kernel) throws IOException {
    List<Original> originals = new ArrayList<>();
    for (Path driver : DkmsLayout.directories(paths.dkmsTree())) {
      Path kept = driver.resolve(ORIGINALS).resolve(kernel.release());
      if (Files.isDirectory(kept)) {
        boolean inUse = !activeLinks(driver, kernel).isEmpty();
        try (Stream<Path> files = Files.walk(kept)) {
          files
              .filter(Files::isRegularFile)
              .sorted()
              .forEach(file -> originals.add(new Original(file, inUse)));
        }
      }
    }
    return originals;
  }

  /** What dkms built of that module for that kernel, if it did. */
  public Optional<Path> built(Driver driver, Kernel kernel, String module) throws IOException {
    Path release =
        paths.dkmsTree().resolve(driver.name()).resolve(driver.version()).resolve(kernel.release());
    return DkmsLayout.modules(release).stream()
        .filter(file -> ModuleName.holds(file.getFileName().toString(), module))
        .findFirst();
  }

  /** Builds and installs all that is registered and has AUTOINSTALL. */
  public Completed autoinstall(Kernel kernel, Duration limit, Path log)
      throws IOException, InterruptedException {
    return run(kernel, List.of("dkms", "autoinstall", "-k", kernel.release()), limit, log);
  }

  /** Builds one driver, and does not install it. */
  public Completed build(
      Driver driver, Kernel kernel, BuildSpace.Priority priority, Duration limit, Path log)
      throws IOException, InterruptedException {
    return run(kernel, argv(driver, kernel, "build"), priority, limit, log);
  }

  private static List<String> argv(Driver driver, Kernel kernel, String... command) {
    List<String> argv = new ArrayList<>(List.of("dkms"));
    argv.addAll(List.of(command));
    argv.addAll(List.of(driver.name() + "/" + driver.version(), "-k", kernel.release()));
    return argv;
  }

  /** Builds and installs one driver; what is built already is only installed. */
  public Completed install(Driver driver, Kernel kernel, Duration limit, Path log)
      throws IOException, InterruptedException {
    return run(kernel, argv(driver, kernel, "install"), limit, log);
  }

  /**
   * Takes back its record that the driver is installed, and installs it as if for the first time.
   */
  public Completed installAnew(Driver driver, Kernel kernel, Duration limit, Path log)
      throws IOException, InterruptedException {
    run(kernel, argv(driver, kernel, "uninstall"), limit, log);
    return install(driver, kernel, limit, log);
  }

  /** Builds and installs one driver, whatever dkms's records and its version check say. */
  public Completed reinstall(Driver driver, Kernel kernel, Duration limit, Path log)
      throws IOException, InterruptedException {
    Completed built = run(kernel, argv(driver, kernel, "build", "--force"), limit, log);
    return built.succeeded()
        ? run(kernel, argv(driver, kernel, "install", "--force"), limit, log)
        : built;
  }

  /** Registers a version of a driver, whose source is in place. */
  public Completed add(String name, String version) throws IOException, InterruptedException {
    return change("dkms", "add", "-m", name, "-v", version);
  }

  /** Takes a version of a driver out of all kernels, as far as dkms knows, and unregisters it. */
  public Completed remove(String name, String version) throws IOException, InterruptedException {
    Completed removed = change("dkms", "remove", "-m", name, "-v", version, "--all");
    return isRegistered(name, version)
            && DkmsLayout.removeUnbuilt(paths.dkmsTree().resolve(name).resolve(version))
        ? change("dkms", "remove", "-m", name, "-v", version, "--all")
        : removed;
  }

  private Completed run(Kernel kernel, List<String> argv, Duration limit, Path log)
      throws IOException, InterruptedException {
    return run(kernel, argv, BuildSpace.Priority.LOW, limit, log);
  }

  private Completed run(
      Kernel kernel, List<String> argv, BuildSpace.Priority priority, Duration limit, Path log)
      throws IOException, InterruptedException {
    processes.awaitEnd(limit);
    Command command = Command.of(argv).with(SIGN, "true").within(limit).loggingTo(log);
    return runner.runBounded(sandbox.building(command, kernel, priority, writable()), buildLogs());
  }

  /** Changes dkms's records. */
  private Completed change(String... argv) throws IOException, InterruptedException {
    processes.awaitEnd(CHANGE_TIMEOUT);
    Command command = Command.of(argv).within(CHANGE_TIMEOUT);
    return runner.run(sandbox.privileged(command, writable()));
  }

  private List<Path> writable() throws IOException {
    // weak-modules, which dkms may run, writes to all kernels' trees; a new initramfs to /boot.
    List<Path> writable = new ArrayList<>(List.of(paths.dkmsTree(), paths.modules(), paths.boot()));
    // Some drivers are built in their own source directory.
    newest().values().forEach(source -> writable.add(source.directory()));
    return writable;
  }

  /**
   * The output of the build that runs, or of the last one if it failed; after a good one dkms moves
   * it away.
   */
  public Path buildLog(Driver driver) {
    String which = driver.name() + "/" + driver.version();
    return paths.dkmsTree().resolve(which).resolve("build/make.log");
  }

  /** Where such output is of any driver, or would be. */
  public List<Path> buildLogs() throws IOException {
    List<Path> logs = new ArrayList<>();
    for (Path driver : DkmsLayout.directories(paths.dkmsTree())) {
      DkmsLayout.directories(driver)
          .forEach(version -> logs.add(version.resolve("build/make.log")));
    }
    return logs;
  }

  /**
   * One build that dkms keeps.
   *
   * @param driver as dkms names it: {@code name/version}
   * @param modules the module files that it built
   */
  public record Build(String driver, List<Path> modules) {}

  /** What dkms has built of one driver for that kernel, in all its versions. */
  public List<Path> builtModules(String driver, Kernel kernel) throws IOException {
    return buildsFor(kernel).stream()
        .filter(build -> build.driver().startsWith(driver + "/"))
        .flatMap(build -> build.modules().stream())
        .toList();
  }

  /** What dkms has built for that kernel. */
  public List<Build> buildsFor(Kernel kernel) throws IOException {
    Path tree = paths.dkmsTree();
    List<Build> builds = new ArrayList<>();
    for (Path driver : DkmsLayout.directories(tree)) {
      for (Path version : DkmsLayout.directories(driver)) {
        Path release = version.resolve(kernel.release());
        if (Files.isDirectory(release) && !version.endsWith(ORIGINALS)) {
          builds.add(new Build(tree.relativize(version).toString(), DkmsLayout.modules(release)));
        }
      }
    }
    return builds;
  }

  /**
   * Forgets what was built for a kernel that has gone; the driver stays registered.
   *
   * <p>dkms would first put the kernel's own module, which it had moved away, into a tree that is
   * no more; that copy goes with its kernel.
   */
  public Completed forget(Build build, Kernel gone) throws IOException, InterruptedException {
    Path driver = paths.dkmsTree().resolve(build.driver()).getParent();
    if (driver != null) {
      FileUtils.deleteDirectory(driver.resolve(ORIGINALS).resolve(gone.release()).toFile());
      // unbuild leaves them once the module's file has gone.
      for (Path link : activeLinks(driver, gone)) {
        Files.delete(link);
      }
    }
    Completed unbuilt = change("dkms", "unbuild", build.driver(), "-k", gone.release());
    // It leaves what it does not take for a build: one that was killed is without a module.
    Path release = paths.dkmsTree().resolve(build.driver()).resolve(gone.release());
    FileUtils.deleteDirectory(release.toFile());
    return unbuilt;
  }
}
