package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.DamagedArtifactException;
import org.kmodkeeper.store.Manifest;

/**
 * Stores the modules of each driver that is ready, whoever has built them, if they were built for
 * their kernel and from the source that is there now.
 */
public final class ArtifactCollector {
  private final HostPaths paths;
  private final ArtifactStore store;
  private final Dkms dkms;
  private final InstallReceipts receipts;
  private final ArtifactMaker maker;

  private boolean untrimmed = true;

  /** What was considered already, as it was then. */
  private final Set<FileStamp> considered = new HashSet<>();

  public ArtifactCollector(
      HostPaths paths, ArtifactStore store, Dkms dkms, Kmod kmod, Clock clock) {
    this.paths = paths;
    this.store = store;
    this.dkms = dkms;
    this.receipts = new InstallReceipts(paths);
    this.maker = new ArtifactMaker(store, kmod, clock);
  }

  /**
   * Stores the cell's modules, unless they are stored.
   *
   * @throws IOException if they cannot be; it is not tried again until they are others
   */
  public void collect(DriverState cell) throws IOException, InterruptedException {
    Observation seen = cell.observation();
    @Nullable Driver driver = seen.driver();
    if (driver == null || cell.finding().verdict() != Verdict.READY || seen.borrows()) {
      return;
    }
    List<ModuleFile> files =
        seen.modules().stream().map(module -> Objects.requireNonNull(module.resolved())).toList();
    boolean changed = false;
    for (ModuleFile file : files) {
      Optional<FileStamp> stamp = FileStamp.of(file.path());
      changed |= stamp.isPresent() && considered.add(stamp.get());
    }
    if (changed) {
      try {
        if (!storePackaged(seen, driver) && !seen.isReused()) {
          store(cell, driver);
        }
      } catch (DamagedModuleException changing) {
        throw new IOException(changing.getMessage(), changing);
      }
    }
  }

  /**
   * Whether the cell's modules are what we installed: what others put there, a package for one, is
   * not to be replaced while it is ready.
   */
  public boolean isOurs(DriverState cell) throws IOException {
    Observation seen = cell.observation();
    Optional<InstallReceipts.Receipt> receipt = receipts.read(seen.kernel(), seen.policy().name());
    for (Observation.Module module : seen.modules()) {
      @Nullable ModuleFile file = module.resolved();
      if (receipt.isEmpty()
          || file == null
          || !receipts.isOf(receipt.get(), file.path(), seen.kernel())) {
        return false;
      }
    }
    return true;
  }

  /** Holds the limits of the store, if anything was added since, or a crash may have left parts. */
  public void trim(Set<Kernel> installed) throws IOException, InterruptedException {
    if (untrimmed) {
      untrimmed = false;
      store.trim(installed);
    }
  }

  /** Stores what a package has installed, with its own manifest; whether one has. */
  private boolean storePackaged(Observation seen, Driver driver)
      throws IOException, InterruptedException {
    try {
      Optional<Manifest> told =
          Manifest.of(paths.packagedManifest(driver.name(), seen.kernel()))
              .filter(manifest -> manifest.version().equals(driver.version()));
      Map<String, Path> files = new HashMap<>();
      for (Observation.Module module : seen.modules()) {
        Path file = Objects.requireNonNull(module.resolved()).path();
        if (told.isEmpty() || !told.get().has(module.name(), Sha256.of(file))) {
          return false;
        }
        files.put(file.getFileName().toString(), file);
      }
      Manifest manifest = told.orElseThrow();
      untrimmed = true;
      if (!store.of(driver, manifest.kernel()).map(Artifact::manifest).equals(told)) {
        store.add(manifest, files);
      }
      return true;
    } catch (DamagedArtifactException damaged) {
      return false;
    }
  }

  private void store(DriverState cell, Driver driver)
      throws IOException, InterruptedException, DamagedModuleException {
    Observation seen = cell.observation();
    Kernel kernel = seen.kernel();
    SourceIdentity source = SourceIdentity.of(paths, driver, seen.policy().make());
    List<ArtifactMaker.Built> modules = new ArrayList<>();
    for (Observation.Module module : seen.modules()) {
      Path file = Objects.requireNonNull(module.resolved()).path();
      if (builtAt(driver, kernel, module.name(), file).isBefore(source.changed())) {
        return;
      }
      Fit fit = Objects.requireNonNull(module.fit());
      modules.add(new ArtifactMaker.Built(module.name(), file, fit.signer()));
    }
    @Nullable Path symvers = Objects.requireNonNull(seen.modules().get(0).fit()).symvers();
    var target = new ArtifactMaker.Target(kernel, symvers, config(kernel).orElse(null));
    untrimmed = true;
    maker.add(driver, source, target, modules, madeBy(driver, kernel, seen));
  }

  /** The time of dkms's own file if it has one; a copy of it may be younger than a new source. */
  private Instant builtAt(Driver driver, Kernel kernel, String module, Path file)
      throws IOException {
    Optional<Path> built = dkms.built(driver, kernel, module);
    return Files.getLastModifiedTime(built.orElse(file)).toInstant();
  }

  private Optional<Path> config(Kernel kernel) {
    Path tree = paths.tree(kernel);
    return List.of(
            tree.resolve("config"),
            paths.boot().resolve("config-" + kernel.release()),
            tree.resolve("build/.config"))
        .stream()
        .filter(Files::isReadable)
        .findFirst();
  }

  /** Null if neither dkms nor we did. */
  private @Nullable Remedy madeBy(Driver driver, Kernel kernel, Observation seen)
      throws IOException {
    Path file = Objects.requireNonNull(seen.modules().get(0).resolved()).path();
    Optional<Path> built = dkms.built(driver, kernel, seen.modules().get(0).name());
    if (built.isPresent() && Files.mismatch(built.get(), file) < 0) {
      return Remedy.DKMS;
    }
    String name = paths.tree(kernel).relativize(file).toString();
    Optional<InstallReceipts.Receipt> receipt = receipts.read(kernel, driver.name());
    return receipt.isPresent() && Sha256.of(file).equals(receipt.get().files().get(name))
        ? Remedy.DIRECT
        : null;
  }
}
