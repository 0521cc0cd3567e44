package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.history.EventLog;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackagedFiles;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleContent.Origin;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.OutOfTreeModules;
import org.kmodkeeper.model.Kernel;

/**
 * Brings kernels' own modules home that dkms has moved away; what a package put elsewhere stays.
 *
 * <p>When dkms installs a driver it takes the kernel's own module out of its place. When that
 * driver is removed, dkms 3.0 puts the module wherever the driver had been, where it shadows later
 * builds, or leaves it among its records; 3.2 brings it home. The kernel's modules.order tells
 * where it belongs.
 */
public final class OriginalModules {
  /** Where dkms and we put modules, below a kernel's tree. */
  private static final List<String> DESTINATIONS = List.of("", "updates", "updates/dkms", "extra");

  private final HostPaths paths;
  private final OutOfTreeModules added;
  private final ModuleReader reader;
  private final Dkms dkms;
  private final Kmod kmod;
  private final PackagedFiles packaged;
  private final OwnModules own;

  /** The names of the modules that dkms may move, as told before dkms runs. */
  private Set<String> kept = Set.of();

  public OriginalModules(
      HostPaths paths, ModuleReader reader, Dkms dkms, Kmod kmod, PackagedFiles packaged) {
    this.paths = paths;
    this.reader = reader;
    this.added = new OutOfTreeModules(paths);
    this.dkms = dkms;
    this.kmod = kmod;
    this.packaged = packaged;
    this.own = new OwnModules(paths);
  }

  /**
   * Keeps a copy of each of the kernel's own modules that dkms may lose: these, and those of all
   * drivers that are kept. It stays until the module is back in its place.
   */
  void save(Kernel kernel, Collection<String> modules) throws IOException, InterruptedException {
    Set<String> names = new HashSet<>(kept);
    modules.forEach(module -> names.add(ModuleName.canonical(module)));
    Map<String, Path> homes = homes(kernel);
    List<Dkms.Original> archived = dkms.originals(kernel);
    for (String name : names) {
      @Nullable Path home = homes.get(name);
      if (home != null) {
        List<Path> there = new ArrayList<>(copies(home, name));
        archived.stream()
            .map(Dkms.Original::file)
            .filter(file -> ModuleName.holds(file.getFileName().toString(), name))
            .forEach(there::add);
        for (Path file : there) {
          if (isOwn(kernel, file)) {
            own.save(kernel, file);
            break;
          }
        }
      }
    }
  }

  /**
   * Moves each module home whose place there is empty; returns where they are now.
   *
   * @param modules those of the drivers that are kept, or were until now: only what has one of
   *     their names, or is among dkms's records, was moved by dkms
   */
  public List<Path> restore(Kernel kernel, Collection<String> modules)
      throws IOException, InterruptedException {
    Set<String> moved = new HashSet<>();
    modules.forEach(module -> moved.add(ModuleName.canonical(module)));
    kept = Set.copyOf(moved);
    for (Dkms.Build build : dkms.buildsFor(kernel)) {
      build.modules().forEach(file -> moved.add(ModuleName.canonical(ModuleName.stem(file))));
    }
    List<Path> candidates = new ArrayList<>();
    for (Path file : added.of(kernel)) {
      if (isDestination(kernel, file)
          && moved.contains(ModuleName.canonical(ModuleName.stem(file)))) {
        candidates.add(file);
      }
    }
    List<Path> copies = new ArrayList<>(own.of(kernel));
    for (Dkms.Original original : dkms.originals(kernel)) {
      if (original.inUse()) {
        for (Path copy : own.of(kernel)) {
          if (copy.endsWith(original.file().getFileName())) {
            own.mend(copy, original.file());
            copies.remove(copy);
          }
        }
      } else {
        candidates.add(original.file());
      }
    }
    candidates.addAll(copies);
    List<Path> strays = new ArrayList<>();
    for (Path file : candidates) {
      if (isOwn(kernel, file) && !packaged.contain(file)) {
        strays.add(file);
      }
    }
    return strays.isEmpty() ? List.of() : move(kernel, strays);
  }

  private boolean isDestination(Kernel kernel, Path file) {
    Path tree = paths.tree(kernel);
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && DESTINATIONS.stream()
            .anyMatch(place -> tree.resolve(place).normalize().equals(file.getParent()));
  }

  private List<Path> move(Kernel kernel, List<Path> strays)
      throws IOException, InterruptedException {
    Map<String, Path> homes = homes(kernel);
    List<Path> back = new ArrayList<>();
    for (Path stray : strays) {
      String module = ModuleName.stem(stray);
      @Nullable Path home = homes.get(ModuleName.canonical(module));
      if (home != null && !holds(home, module)) {
        Path there = home.resolve(stray.getFileName());
        AtomicFile.copy(stray, there);
        if (homes(kernel).isEmpty()) {
          // The kernel was removed meanwhile.
          Files.delete(there);
          return back;
        }
        // So that rpm --verify finds the kernel's package as it was.
        Files.setLastModifiedTime(there, Files.getLastModifiedTime(stray));
        Files.delete(stray);
        back.add(there);
      } else if (own.of(kernel).contains(stray)) {
        Files.delete(stray);
      }
    }
    if (!back.isEmpty()) {
      kmod.depmod(kernel);
    }
    return back;
  }

  /** The same for all of these kernels; returns whether anything may have changed. */
  public boolean restore(List<Kernel> kernels, Collection<String> modules)
      throws InterruptedException {
    boolean changed = false;
    try {
      own.retain(kernels);
    } catch (IOException refusal) {
      EventLog.copiesKept(refusal);
    }
    for (Kernel kernel : kernels) {
      try {
        List<Path> back = restore(kernel, modules);
        if (!back.isEmpty()) {
          EventLog.originalsRestored(kernel, back);
          changed = true;
        }
      } catch (IOException refusal) {
        EventLog.originalsNotRestored(kernel, refusal);
        // Some of them may have been moved before.
        changed = true;
      }
    }
    return changed;
  }

  /** Whether the file came with that kernel, as the kernel's build notes in each of its modules. */
  private boolean isOwn(Kernel kernel, Path file) throws IOException, InterruptedException {
    try {
      ModuleContent content = reader.read(file);
      return content.origin() == Origin.KERNEL
          && content.vermagic().startsWith(kernel.release() + " ");
    } catch (DamagedModuleException damaged) {
      return false;
    }
  }

  /** The directory of each module that the kernel was built with, by the module's name. */
  private Map<String, Path> homes(Kernel kernel) throws IOException {
    Path tree = paths.tree(kernel);
    Map<String, Path> homes = new HashMap<>();
    Path order = tree.resolve("modules.order");
    if (!Files.exists(order)) {
      return homes;
    }
    for (String line : Files.readAllLines(order, StandardCharsets.ISO_8859_1)) {
      Path home = tree.resolve(line).normalize();
      if (home.startsWith(tree.resolve("kernel"))) {
        homes.put(ModuleName.canonical(ModuleName.stem(home)), home.getParent());
      }
    }
    return homes;
  }

  private static boolean holds(Path directory, String module) throws IOException {
    return !copies(directory, module).isEmpty();
  }

  private static List<Path> copies(Path directory, String module) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> ModuleName.holds(file.getFileName().toString(), module)).toList();
    }
  }
}
