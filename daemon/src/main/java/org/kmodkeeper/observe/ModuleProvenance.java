package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.host.FileDependentCache;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.store.DamagedArtifactException;
import org.kmodkeeper.store.Manifest;

/** Finds out where module files come from, and what shows it. */
final class ModuleProvenance {
  private static final int MAX_FILES = 4096;

  private final HostPaths paths;
  private final Dkms dkms;
  private final InstallReceipts receipts;
  private final FileDependentCache<Path, String> digests;

  ModuleProvenance(HostPaths paths, Dkms dkms, Clock clock) {
    this.paths = paths;
    this.dkms = dkms;
    this.receipts = new InstallReceipts(paths);
    this.digests = new FileDependentCache<>(MAX_FILES, clock);
  }

  /**
   * Where a file lies, by no link.
   *
   * @param kernel the one whose tree that is; only there its receipt tells of it
   */
  private record Home(Kernel kernel, Path file) {}

  /** Whether a file that modprobe finds in that kernel's tree came with the kernel. */
  Place place(Kernel kernel, Path file) throws IOException {
    if (file.startsWith(paths.tree(kernel).resolve("kernel"))) {
      return Place.IN_TREE;
    }
    return home(kernel, file).kernel().equals(kernel) ? Place.ADDED : Place.BORROWED;
  }

  private Home home(Kernel kernel, Path file) throws IOException {
    Path real = file.toRealPath();
    if (file.startsWith(paths.modules()) && real.endsWith(paths.modules().relativize(file))) {
      return new Home(kernel, file);
    }
    Path modules = paths.modules().toRealPath();
    if (real.startsWith(modules) && !real.startsWith(paths.tree(kernel).toRealPath())) {
      Path below = modules.relativize(real);
      String release = below.getName(0).toString();
      if (Kernel.isRelease(release)) {
        return new Home(new Kernel(release), paths.modules().resolve(below));
      }
    }
    return new Home(kernel, file);
  }

  /** What shows that such a file, which did not come with the kernel, is the driver's. */
  Provenance of(Kernel kernel, Path file, Driver driver, String module, ModuleContent content)
      throws IOException, InterruptedException {
    if (driver.version().equals(content.version())) {
      return Provenance.VERSION;
    }
    Home home = home(kernel, file);
    Optional<InstallReceipts.Receipt> receipt = receipts.read(home.kernel(), driver.name());
    if (receipt.isPresent() && receipt.get().version().equals(driver.version())) {
      String relative = paths.tree(home.kernel()).relativize(home.file()).toString();
      if (digest(home.file()).equals(receipt.get().files().get(relative))) {
        return Provenance.RECEIPT;
      }
    }
    if (isPackaged(home, driver, module)) {
      return Provenance.PACKAGE;
    }
    Optional<Path> built = dkms.built(driver, home.kernel(), module);
    return built.isPresent()
            && Files.exists(built.get())
            && digest(built.get()).equals(digest(home.file()))
        ? Provenance.DKMS
        : Provenance.NONE;
  }

  private boolean isPackaged(Home home, Driver driver, String module)
      throws IOException, InterruptedException {
    try {
      Optional<Manifest> manifest =
          Manifest.of(paths.packagedManifest(driver.name(), home.kernel()));
      return manifest.isPresent()
          && manifest.get().version().equals(driver.version())
          && manifest.get().has(module, digest(home.file()));
    } catch (DamagedArtifactException damaged) {
      return false;
    }
  }

  private String digest(Path file) throws IOException, InterruptedException {
    return digests.get(file, List.of(file), () -> Sha256.of(file));
  }
}
