package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.tools.AddedModules;
import org.kmodkeeper.tools.DamagedModuleException;
import org.kmodkeeper.tools.Dkms;
import org.kmodkeeper.tools.Kmod;
import org.kmodkeeper.tools.ModuleContent;
import org.kmodkeeper.tools.ModuleContent.Origin;
import org.kmodkeeper.tools.ModuleName;
import org.kmodkeeper.tools.ModuleReader;

/**
 * Brings kernels' own modules home that dkms has moved away.
 *
 * <p>When dkms 3.0.10 installs a driver it takes the kernel's own module out of its place, and when
 * that driver is removed it puts the module wherever the driver had been, where it shadows later
 * builds, or leaves it among its records. The kernel's modules.order tells where it belongs.
 */
final class InTreeModules {
  private final HostPaths paths;
  private final AddedModules added;
  private final ModuleReader reader;
  private final Dkms dkms;
  private final Kmod kmod;

  InTreeModules(HostPaths paths, ModuleReader reader, Dkms dkms, Kmod kmod) {
    this.paths = paths;
    this.reader = reader;
    this.added = new AddedModules(paths);
    this.dkms = dkms;
    this.kmod = kmod;
  }

  /** Moves each module home whose place there is empty; returns where they are now. */
  List<Path> bringHome(Kernel kernel) throws IOException, InterruptedException {
    List<Path> strays = new ArrayList<>();
    for (List<Path> moved : List.of(added.of(kernel), dkms.abandonedOriginals(kernel))) {
      for (Path file : moved) {
        if (isOwn(kernel, file)) {
          strays.add(file);
        }
      }
    }
    if (strays.isEmpty()) {
      return List.of();
    }
    Map<String, Path> homes = homes(kernel);
    List<Path> back = new ArrayList<>();
    for (Path stray : strays) {
      String module = ModuleName.stem(stray);
      @Nullable Path home = homes.get(ModuleName.canonical(module));
      if (home != null && !holds(home, module)) {
        Path there = home.resolve(stray.getFileName());
        AtomicFile.copy(stray, there);
        // So that rpm --verify finds the kernel's package as it was.
        Files.setLastModifiedTime(there, Files.getLastModifiedTime(stray));
        Files.delete(stray);
        back.add(there);
      }
    }
    if (!back.isEmpty()) {
      kmod.depmod(kernel);
    }
    return back;
  }

  /** The same for all of these kernels; returns whether anything may have changed. */
  boolean bringHome(List<Kernel> kernels, Chronicle chronicle) throws InterruptedException {
    boolean changed = false;
    for (Kernel kernel : kernels) {
      try {
        List<Path> back = bringHome(kernel);
        if (!back.isEmpty()) {
          chronicle.broughtHome(kernel, back);
          changed = true;
        }
      } catch (IOException refusal) {
        chronicle.notBroughtHome(kernel, refusal);
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
    for (String line : Files.readAllLines(order, StandardCharsets.ISO_8859_1)) {
      Path home = tree.resolve(line).normalize();
      if (home.startsWith(tree.resolve("kernel"))) {
        homes.put(ModuleName.canonical(ModuleName.stem(home)), home.getParent());
      }
    }
    return homes;
  }

  private static boolean holds(Path directory, String module) throws IOException {
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.anyMatch(file -> ModuleName.holds(file.getFileName().toString(), module));
    }
  }
}
