package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.initramfs.Initramfs;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.InitramfsCopy;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.ModuleFile.VermagicFit;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;

/** Reads one module in one kernel's tree: what modprobe resolves, and which copy is ours. */
final class ModuleInspector {
  private final ModuleReader reader;
  private final ModuleProvenance provenance;
  private final Initramfs initramfs;
  private final OutOfTreeModules added;

  ModuleInspector(
      HostPaths paths, ModuleReader reader, ModuleProvenance provenance, Initramfs initramfs) {
    this.reader = reader;
    this.provenance = provenance;
    this.initramfs = initramfs;
    this.added = new OutOfTreeModules(paths);
  }

  /**
   * Reads one module of a driver.
   *
   * @param fit how the file that modprobe resolves fits the kernel, or null if there is none
   */
  Observation.Module inspect(
      KernelFacts facts, Driver driver, String module, Kmod.Resolved resolved, @Nullable Fit fit)
      throws IOException, InterruptedException {
    Path file = resolved.file();
    if (file == null) {
      return Observation.Module.withoutFile(
          module, resolved.resolution(), ours(facts, driver, module), resolved.complaint());
    }
    try {
      ModuleFile winner = read(facts, driver, module, file);
      // It is the copy of ours that matters: a build comes first, and then asks again.
      boolean isOurs = isOurs(winner);
      @Nullable InitramfsCopy copy =
          isOurs ? initramfs.copy(facts.kernel(), module, winner.path()) : null;
      @Nullable ModuleFile ours = isOurs ? winner : ours(facts, driver, module);
      return new Observation.Module(
          module, resolved.resolution(), winner, fit, copy, ours, resolved.complaint());
    } catch (DamagedModuleException damaged) {
      return Observation.Module.withoutFile(
          module,
          Resolution.DAMAGED,
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
    Place place = provenance.place(facts.kernel(), file);
    return new ModuleFile(
        file,
        place,
        content.version(),
        content.vermagic(),
        facts.accepts(content.vermagic()) ? VermagicFit.FITS : VermagicFit.DIFFERS,
        place == Place.IN_TREE
            ? Provenance.NONE
            : provenance.of(facts.kernel(), file, driver, module, content));
  }
}
