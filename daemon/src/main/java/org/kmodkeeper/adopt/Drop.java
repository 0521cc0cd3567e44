package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.adopt.RefusedException.Reason;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.history.PreflightFile;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.remedy.ModuleRemover;
import org.kmodkeeper.text.TextSanitizer;

/**
 * Undoes an adoption: the driver is kept no longer, its modules go, the kernels' own come back.
 *
 * <p>That it was begun is noted with the names of its modules, so that it can be repeated after a
 * kill, whatever tells of the driver by then.
 */
public final class Drop {
  /** What becomes of the driver's source. */
  public enum Sources {
    STAY,
    GO
  }

  private final HostPaths paths;
  private final Settings settings;
  private final Dkms dkms;
  private final ModuleRemover removal;
  private final ModuleNames names;
  private final StepRunner steps;

  public Drop(HostPaths paths, CommandRunner runner, Settings settings, StepRunner steps) {
    this.paths = paths;
    this.settings = settings;
    this.dkms = new Dkms(paths, runner);
    this.removal = new ModuleRemover(paths, runner, settings);
    this.names = new ModuleNames(paths, runner, settings);
    this.steps = steps;
  }

  /**
   * Drops a driver.
   *
   * @param reload has the daemon, if one runs, read its configuration again; called once that names
   *     the driver no longer, before anything that the daemon would bring back goes
   * @throws RefusedException if there is no such driver
   * @throws IOException if it could not be completed; it can be repeated
   */
  public <E extends Exception> void drop(
      String driver, Sources sources, StepRunner.Action<E> reload)
      throws IOException, InterruptedException, RefusedException, E {
    LockFile only =
        LockFile.take(paths.adoptionLock(), "wait until the other adopt or drop has ended");
    try {
      requireUnpackaged(driver);
      requireKnown(driver);
      List<Kernel> kernels = new KernelInventory(paths).installed();
      Path note = paths.dropping().resolve(driver);
      boolean repeated = Files.exists(note);
      Set<String> modules = new TreeSet<>(names.of(driver, kernels));
      modules.addAll(repeated ? Files.readAllLines(note) : List.of());
      steps.run(() -> AtomicFile.write(note, String.join("\n", modules) + "\n"));
      configuration(driver);
      steps.run(reload);
      steps.exclusively(
          paths.changeLock(),
          () -> {
            remove(driver, kernels, modules, repeated);
            sources(driver, sources);
          });
      steps.run(() -> new PreflightFile(paths).forget(driver));
      steps.run(() -> Files.delete(note));
    } finally {
      only.close();
    }
  }

  /** What packages own is theirs; without them, the rest can be dropped. */
  private void requireUnpackaged(String driver) throws RefusedException {
    if (Driver.isName(driver) && Files.exists(paths.packagedDriver(driver))) {
      throw new RefusedException(
          "%s comes in packages; remove them first: dnf remove %s"
              .formatted(driver, PackagedDriver.commonPackage(driver)));
    }
  }

  private void requireKnown(String driver) throws IOException, RefusedException {
    boolean known =
        Driver.isName(driver)
            && (settings.policies().stream().anyMatch(policy -> policy.name().equals(driver))
                || Files.exists(paths.dropping().resolve(driver))
                || !dkms.versions(driver).isEmpty()
                || new InstallReceipts(paths).anyOf(driver));
    if (!known) {
      throw new RefusedException(
          Reason.UNKNOWN,
          "no driver "
              + TextSanitizer.quoted(driver)
              + " is managed; 'kmodkeeper status' shows those that are");
    }
  }

  private void configuration(String driver) throws IOException, InterruptedException {
    Path file = paths.driverConfiguration(driver);
    if (!Files.exists(file)) {
      return;
    }
    String before = Files.readString(file);
    Optional<String> after = DriverFile.dropping(before);
    if (after.isEmpty()) {
      steps.change("configuration", file + " is removed", () -> Files.delete(file));
    } else if (!after.get().equals(before)) {
      steps.change(
          "configuration", file + ": keep = no", () -> AtomicFile.write(file, after.get()));
    }
  }

  /**
   * First the links to the files, which prove what they are; then the files, while dkms's own
   * copies still prove whose they are; then dkms's records, with which dkms puts back what it has
   * moved away; then what is left to do.
   */
  private void remove(String driver, List<Kernel> kernels, Set<String> modules, boolean repeated)
      throws IOException, InterruptedException {
    Map<Kernel, Set<String>> proven = new TreeMap<>();
    Map<Kernel, Set<Path>> before = new TreeMap<>();
    for (Kernel kernel : kernels) {
      Set<String> digests = removal.proven(driver, kernel);
      if (!digests.isEmpty() || repeated) {
        proven.put(kernel, digests);
      }
    }
    Map<Kernel, List<Path>> links = removal.links(driver, kernels);
    links.keySet().forEach(borrower -> proven.putIfAbsent(borrower, Set.of()));
    for (Kernel kernel : proven.keySet()) {
      before.put(kernel, removal.loaded(kernel, modules));
    }
    for (Map.Entry<Kernel, List<Path>> borrower : links.entrySet()) {
      for (Path link : borrower.getValue()) {
        removeFile(link, ", a link to another kernel's,");
      }
    }
    for (Map.Entry<Kernel, Set<String>> one : proven.entrySet()) {
      removeFiles(one.getKey(), one.getValue());
    }
    steps.run(() -> save(driver, kernels, modules));
    for (DriverSources.Source version : dkms.versions(driver)) {
      unregister(driver, version.version());
    }
    for (Map.Entry<Kernel, Set<String>> one : proven.entrySet()) {
      Set<Path> loaded = before.getOrDefault(one.getKey(), Set.of());
      steps.run(() -> finish(driver, one.getKey(), one.getValue(), modules, loaded));
    }
  }

  private void save(String driver, List<Kernel> kernels, Set<String> modules)
      throws IOException, InterruptedException {
    if (dkms.isRegistered(driver)) {
      for (Kernel kernel : kernels) {
        removal.save(kernel, modules);
      }
    }
  }

  private void finish(
      String driver, Kernel kernel, Set<String> digests, Set<String> modules, Set<Path> before)
      throws IOException, InterruptedException {
    // An earlier build of ours that dkms had taken for the kernel's own.
    removeFiles(kernel, digests);
    for (String line : removal.restore(driver, kernel, modules, before)) {
      steps.change("kernel", line);
    }
  }

  private void removeFiles(Kernel kernel, Set<String> digests)
      throws IOException, InterruptedException {
    for (Path file : removal.files(kernel, digests)) {
      removeFile(file, "");
    }
  }

  private void removeFile(Path file, String what) throws IOException, InterruptedException {
    steps.change("module", file + what + " is removed", () -> Files.delete(file));
  }

  private void unregister(String driver, String version) throws IOException, InterruptedException {
    String which = driver + "/" + version;
    steps.change(
        "dkms",
        which + " is unregistered",
        () -> {
          Completed ran = dkms.remove(driver, version);
          if (dkms.isRegistered(driver, version)) {
            throw new IOException("dkms remove " + which + " --all: " + ran.complaint());
          }
        });
  }

  private void sources(String driver, Sources what) throws IOException, InterruptedException {
    for (DriverSources.Source source : new DriverSources(paths).all(driver)) {
      switch (what) {
        case STAY -> steps.line("source", source.directory() + " stays; --purge removes it");
        case GO ->
            steps.change(
                "source", source.directory() + " is removed", () -> delete(source.directory()));
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      FileUtils.deleteDirectory(directory.toFile());
    } else {
      Files.delete(directory);
    }
  }
}
