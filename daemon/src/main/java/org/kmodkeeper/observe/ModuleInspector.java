package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.FileDependentCache;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.ModuleFile.VermagicFit;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;

/** Looks at one module in one kernel's tree: what modprobe resolves, and which copy is ours. */
final class ModuleInspector {
  private static final int MAX_FILES = 4096;

  private final HostPaths paths;
  private final ModuleReader reader;
  private final OutOfTreeModules added;
  private final Dkms dkms;
  private final InstallReceipts receipts;
  private final FileDependentCache<Path, String> digests;
  private final FileDependentCache<List<Path>, Boolean> comparisons;

  ModuleInspector(
      HostPaths paths, ModuleReader reader, Dkms dkms, InstallReceipts receipts, Clock clock) {
    this.paths = paths;
    this.reader = reader;
    this.added = new OutOfTreeModules(paths);
    this.dkms = dkms;
    this.receipts = receipts;
    this.digests = new FileDependentCache<>(MAX_FILES, clock);
    this.comparisons = new FileDependentCache<>(MAX_FILES, clock);
  }

  /** Looks at one module of a driver; its fit is for {@link FitInspector} to find out. */
  Observation.Module inspect(
      KernelFacts facts, Driver driver, String module, Kmod.Resolved resolved)
      throws IOException, InterruptedException {
    Path file = resolved.file();
    if (file == null) {
      return new Observation.Module(
          module,
          resolved.resolution(),
          null,
          null,
          null,
          ours(facts, driver, module),
          resolved.complaint());
    }
    try {
      ModuleFile winner = read(facts, driver, module, file);
      @Nullable ModuleFile ours = isOurs(winner) ? winner : ours(facts, driver, module);
      return new Observation.Module(module, resolved.resolution(), winner, null, null, ours, null);
    } catch (DamagedModuleException damaged) {
      return new Observation.Module(
          module,
          Resolution.DAMAGED,
          null,
          null,
          null,
          ours(facts, driver, module),
          file + " " + damaged.getMessage());
    }
  }

  private @Nullable ModuleFile ours(KernelFacts facts, Driver driver, String module)
      throws IOException, InterruptedException {
    for (Path copy : added.of(facts.kernel(), module)) {
      try {
        ModuleFile file = read(facts, driver, module, copy);
        if (isOurs(file)) {
          return file;
        }
      } catch (DamagedModuleException damaged) {
        // A copy that cannot be read is not ours; if modprobe resolves it, that is told above.
      }
    }
    return null;
  }

  private static boolean isOurs(ModuleFile file) {
    return file.place() != Place.IN_TREE
        && file.provenance() != Provenance.NONE
        && file.vermagicFit() == VermagicFit.FITS;
  }

  private ModuleFile read(KernelFacts facts, Driver driver, String module, Path file)
      throws IOException, InterruptedException, DamagedModuleException {
    ModuleContent content = reader.read(file);
    if (!ModuleName.canonical(content.name()).equals(ModuleName.canonical(module))) {
      throw new DamagedModuleException("holds the module " + content.name());
    }
    Kernel kernel = facts.kernel();
    boolean own = file.startsWith(paths.tree(kernel).resolve("kernel"));
    Home home = home(kernel, file);
    return new ModuleFile(
        file,
        own ? Place.IN_TREE : home.kernel().equals(kernel) ? Place.ADDED : Place.BORROWED,
        content.version(),
        content.vermagic(),
        facts.accepts(content.vermagic()) ? VermagicFit.FITS : VermagicFit.DIFFERS,
        own ? Provenance.NONE : provenance(home, driver, module, content));
  }

  /**
   * Where a file lies, by no link.
   *
   * @param kernel the one whose tree that is; only there its receipt tells of it
   */
  private record Home(Kernel kernel, Path file) {}

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

  private Provenance provenance(Home home, Driver driver, String module, ModuleContent content)
      throws IOException, InterruptedException {
    Kernel kernel = home.kernel();
    Path file = home.file();
    if (driver.version().equals(content.version())) {
      return Provenance.VERSION;
    }
    Optional<InstallReceipts.Receipt> receipt = receipts.read(kernel, driver.name());
    if (receipt.isPresent() && receipt.get().version().equals(driver.version())) {
      String relative = paths.tree(kernel).relativize(file).toString();
      String digest = digests.get(file, List.of(file), () -> Sha256.of(file));
      if (digest.equals(receipt.get().files().get(relative))) {
        return Provenance.RECEIPT;
      }
    }
    Optional<Path> built = dkms.built(driver, kernel, module);
    return built.isPresent() && Files.exists(built.get()) && sameBytes(built.get(), file)
        ? Provenance.DKMS
        : Provenance.NONE;
  }

  private boolean sameBytes(Path one, Path other) throws IOException, InterruptedException {
    List<Path> both = List.of(one, other);
    return comparisons.get(both, both, () -> Files.mismatch(one, other) < 0);
  }
}
