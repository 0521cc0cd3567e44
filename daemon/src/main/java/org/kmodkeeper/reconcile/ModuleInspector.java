package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.Receipts;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.tools.Dkms;
import org.kmodkeeper.tools.Kmod;
import org.kmodkeeper.tools.ModuleName;

/** Looks at one module in one kernel's tree: what modprobe resolves, and which copy is ours. */
public final class ModuleInspector {
  /** The directories of a tree that hold no added modules. */
  private static final Set<String> NOT_ADDED = Set.of("kernel", "build", "source");

  /** Added modules lie a few directories deep at most. */
  private static final int DEPTH = 6;

  private final HostPaths paths;
  private final Kmod kmod;
  private final Dkms dkms;
  private final Receipts receipts;

  public ModuleInspector(HostPaths paths, Kmod kmod, Dkms dkms, Receipts receipts) {
    this.paths = paths;
    this.kmod = kmod;
    this.dkms = dkms;
    this.receipts = receipts;
  }

  /** Looks at one module of a driver. */
  public Observation.Module inspect(Kernel kernel, Driver driver, String module)
      throws IOException, InterruptedException {
    Kmod.Resolved resolved = kmod.resolve(kernel, module);
    Path file = resolved.file();
    if (file == null) {
      return new Observation.Module(
          module, resolved.resolution(), null, ours(kernel, driver, module), resolved.complaint());
    }
    @Nullable ModuleFile winner = read(kernel, driver, module, file);
    if (winner == null) {
      return new Observation.Module(
          module,
          Resolution.UNREADABLE,
          null,
          ours(kernel, driver, module),
          file + " is not a whole module: modinfo cannot read it");
    }
    @Nullable ModuleFile ours = isOurs(kernel, winner) ? winner : ours(kernel, driver, module);
    return new Observation.Module(module, Resolution.FILE, winner, ours, null);
  }

  /** The copies of a module that did not come with the kernel. */
  public List<Path> added(Kernel kernel, String module) throws IOException {
    Path tree = paths.tree(kernel);
    List<Path> copies = new ArrayList<>();
    if (!Files.isDirectory(tree)) {
      return copies;
    }
    try (Stream<Path> tops = Files.list(tree)) {
      for (Path top : (Iterable<Path>) tops.sorted()::iterator) {
        if (Files.isDirectory(top) && !NOT_ADDED.contains(top.getFileName().toString())) {
          copies.addAll(copiesBelow(top, module));
        }
      }
    } catch (NoSuchFileException | UncheckedIOException vanishing) {
      // The kernel is being removed while we look; the next look sees it gone.
      return copies;
    }
    return copies;
  }

  private static List<Path> copiesBelow(Path top, String module) throws IOException {
    try (Stream<Path> files =
        Files.find(
            top,
            DEPTH,
            (file, attributes) -> ModuleName.holds(file.getFileName().toString(), module))) {
      return files.sorted().toList();
    }
  }

  private @Nullable ModuleFile ours(Kernel kernel, Driver driver, String module)
      throws IOException, InterruptedException {
    for (Path copy : added(kernel, module)) {
      @Nullable ModuleFile file = read(kernel, driver, module, copy);
      if (file != null && isOurs(kernel, file)) {
        return file;
      }
    }
    return null;
  }

  private static boolean isOurs(Kernel kernel, ModuleFile file) {
    return file.place() == Place.ADDED
        && file.provenance() != Provenance.NONE
        && file.builtFor().equals(kernel.release());
  }

  private @Nullable ModuleFile read(Kernel kernel, Driver driver, String module, Path file)
      throws IOException, InterruptedException {
    Optional<Kmod.Info> info = kmod.info(file);
    if (info.isEmpty()
        || !ModuleName.canonical(info.get().name()).equals(ModuleName.canonical(module))) {
      return null;
    }
    return new ModuleFile(
        file,
        place(kernel, file),
        info.get().version(),
        info.get().vermagic(),
        provenance(kernel, driver, module, file, info.get()));
  }

  private Place place(Kernel kernel, Path file) {
    return file.startsWith(paths.tree(kernel).resolve("kernel")) ? Place.IN_TREE : Place.ADDED;
  }

  private Provenance provenance(
      Kernel kernel, Driver driver, String module, Path file, Kmod.Info info) throws IOException {
    if (driver.version().equals(info.version())) {
      return Provenance.VERSION;
    }
    Optional<Receipts.Receipt> receipt = receipts.read(kernel, driver.name());
    if (receipt.isPresent() && receipt.get().version().equals(driver.version())) {
      @Nullable String digest = receipt.get().files().get(relative(kernel, file));
      if (digest != null && digest.equals(Receipts.digest(file))) {
        return Provenance.RECEIPT;
      }
    }
    Optional<Path> built = dkms.built(driver, kernel, module);
    return built.isPresent() && Files.mismatch(built.get(), file) < 0
        ? Provenance.DKMS
        : Provenance.NONE;
  }

  private String relative(Kernel kernel, Path file) {
    return paths.tree(kernel).relativize(file).toString();
  }
}
