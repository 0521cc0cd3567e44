package org.kmodkeeper.observe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Kernel;

/** The modules that offer symbols to others: the kernel's own, and those that were added to it. */
final class SymbolExports {
  private final HostPaths paths;
  private final ModuleReader reader;

  SymbolExports(HostPaths paths, ModuleReader reader) {
    this.paths = paths;
    this.reader = reader;
  }

  /** What added modules among the files offer; it is not in the kernel's list. */
  Map<String, Long> exportsOfAdded(Kernel kernel, Collection<Path> files)
      throws IOException, InterruptedException {
    Map<String, Long> exports = new HashMap<>();
    for (Path file : files) {
      if (!file.startsWith(own(kernel))) {
        try {
          exports.putAll(reader.read(file).exports());
        } catch (DamagedModuleException damaged) {
          // What it would offer stays unknown, and the symbols are told as missing.
        }
      }
    }
    return exports;
  }

  /**
   * The kernel's own modules that offer what is needed and that modprobe would not load. The
   * kernel's list tells of all that were built with it; not all of them need be installed.
   *
   * @param offered what the kernel's list says of the symbols
   * @param added what added modules offer instead
   * @param loaded the files that modprobe would load
   */
  Set<Path> unloaded(
      Kernel kernel,
      List<ModuleContent.Symbol> needs,
      Map<String, Symvers.Offer> offered,
      Map<String, Long> added,
      Collection<Path> loaded) {
    Set<Path> unloaded = new LinkedHashSet<>();
    for (ModuleContent.Symbol symbol : needs) {
      Symvers.@Nullable Offer offer = offered.get(symbol.name());
      if (offer == null || offer.module().isEmpty() || added.containsKey(symbol.name())) {
        continue;
      }
      Path module = own(kernel).resolve(offer.module() + ".ko");
      if (loaded.stream().noneMatch(file -> isSame(file, module))) {
        unloaded.add(module);
      }
    }
    return unloaded;
  }

  private static boolean isSame(Path file, Path module) {
    return ModuleName.holds(file.getFileName().toString(), ModuleName.stem(module));
  }

  private Path own(Kernel kernel) {
    return paths.tree(kernel).resolve("kernel");
  }
}
