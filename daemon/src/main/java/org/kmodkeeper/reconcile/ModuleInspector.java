package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.Receipts;
import org.kmodkeeper.host.Trace;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.ModuleFile.VermagicFit;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.tools.AddedModules;
import org.kmodkeeper.tools.DamagedModuleException;
import org.kmodkeeper.tools.Dkms;
import org.kmodkeeper.tools.Kmod;
import org.kmodkeeper.tools.ModuleContent;
import org.kmodkeeper.tools.ModuleName;
import org.kmodkeeper.tools.ModuleReader;

/** Looks at one module in one kernel's tree: what modprobe resolves, and which copy is ours. */
final class ModuleInspector {
  private final HostPaths paths;
  private final ModuleReader reader;
  private final AddedModules added;
  private final Dkms dkms;
  private final Receipts receipts;

  ModuleInspector(HostPaths paths, ModuleReader reader, Dkms dkms, Receipts receipts) {
    this.paths = paths;
    this.reader = reader;
    this.added = new AddedModules(paths);
    this.dkms = dkms;
    this.receipts = receipts;
  }

  /** Looks at one module of a driver; its fit is for {@link FitInspector} to find out. */
  Observation.Module inspect(
      Trace disk, KernelFacts facts, Driver driver, String module, Kmod.Resolved resolved)
      throws IOException, InterruptedException {
    Path file = resolved.file();
    if (file == null) {
      return new Observation.Module(
          module,
          resolved.resolution(),
          null,
          null,
          null,
          ours(disk, facts, driver, module),
          resolved.complaint());
    }
    try {
      ModuleFile winner = read(disk, facts, driver, module, file);
      @Nullable ModuleFile ours = isOurs(winner) ? winner : ours(disk, facts, driver, module);
      return new Observation.Module(module, resolved.resolution(), winner, null, null, ours, null);
    } catch (DamagedModuleException damaged) {
      return new Observation.Module(
          module,
          Resolution.DAMAGED,
          null,
          null,
          null,
          ours(disk, facts, driver, module),
          file + " " + damaged.getMessage());
    }
  }

  private @Nullable ModuleFile ours(Trace disk, KernelFacts facts, Driver driver, String module)
      throws IOException, InterruptedException {
    for (Path copy : added.of(disk, facts.kernel(), module)) {
      try {
        ModuleFile file = read(disk, facts, driver, module, copy);
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
    return file.place() == Place.ADDED
        && file.provenance() != Provenance.NONE
        && file.vermagicFit() == VermagicFit.FITS;
  }

  private ModuleFile read(Trace disk, KernelFacts facts, Driver driver, String module, Path file)
      throws IOException, InterruptedException, DamagedModuleException {
    ModuleContent content = reader.read(disk, file);
    if (!ModuleName.canonical(content.name()).equals(ModuleName.canonical(module))) {
      throw new DamagedModuleException("holds the module " + content.name());
    }
    Kernel kernel = facts.kernel();
    boolean own = file.startsWith(paths.tree(kernel).resolve("kernel"));
    return new ModuleFile(
        file,
        own ? Place.IN_TREE : Place.ADDED,
        content.version(),
        content.vermagic(),
        facts.accepts(content.vermagic()) ? VermagicFit.FITS : VermagicFit.DIFFERS,
        own ? Provenance.NONE : provenance(disk, kernel, driver, module, file, content));
  }

  private Provenance provenance(
      Trace disk, Kernel kernel, Driver driver, String module, Path file, ModuleContent content)
      throws IOException, InterruptedException {
    if (driver.version().equals(content.version())) {
      return Provenance.VERSION;
    }
    Optional<Receipts.Receipt> receipt = receipts.read(disk, kernel, driver.name());
    if (receipt.isPresent() && receipt.get().version().equals(driver.version())) {
      String relative = paths.tree(kernel).relativize(file).toString();
      if (Receipts.digest(file).equals(receipt.get().files().get(relative))) {
        return Provenance.RECEIPT;
      }
    }
    Optional<Path> built = dkms.built(disk, driver, kernel, module);
    return built.isPresent() && sameBytes(disk, built.get(), file)
        ? Provenance.DKMS
        : Provenance.NONE;
  }

  private static boolean sameBytes(Trace disk, Path one, Path other) throws IOException {
    return disk.exists(one) && disk.exists(other) && Files.mismatch(one, other) < 0;
  }
}
