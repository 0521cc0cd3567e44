package org.kmodkeeper.observe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.BootEntry;
import org.kmodkeeper.boot.BootLoaders;
import org.kmodkeeper.boot.BootMenu;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.kmod.ModuleBlacklist;
import org.kmodkeeper.model.Kernel;

/** Kernels' command lines: what they keep from being loaded, and whether they demand signatures. */
final class CommandLines {
  private final HostPaths paths;
  private final BootLoaders loaders;
  private final KernelInventory inventory;

  CommandLines(HostPaths paths, BootLoaders loaders, KernelInventory inventory) {
    this.paths = paths;
    this.loaders = loaders;
    this.inventory = inventory;
  }

  /**
   * What bears on one kernel.
   *
   * @param own what it runs with, if it runs, and what it boots with, if that is known
   * @param foreign what another kernel runs with: modprobe goes by that whatever kernel it is asked
   *     about; null if it is not known that this one boots without
   */
  record Blacklists(List<ModuleBlacklist> own, @Nullable ModuleBlacklist foreign) {
    Blacklists {
      own = List.copyOf(own);
    }

    /** Why a module would not be loaded; empty if that is not for the kernel's command line. */
    Optional<String> trouble(String module, List<Path> chain) {
      return own.stream().flatMap(one -> one.trouble(module, chain).stream()).findFirst();
    }

    /** Whether modprobe would call the module blacklisted for another kernel's command line. */
    boolean mislead(String module) {
      return foreign != null && foreign.withholds(module);
    }

    /** The words that name the module, each with where it stands. */
    List<String> naming(String module) {
      return own.stream().flatMap(one -> one.naming(module).stream()).distinct().toList();
    }
  }

  /** The command lines as they are now. */
  record Now(@Nullable Kernel running, @Nullable ModuleBlacklist current, @Nullable BootMenu menu) {
    /** What a kernel boots with; empty if that is not known. */
    String options(Kernel kernel) {
      return entry(kernel).map(BootEntry::options).orElse("");
    }

    private Optional<BootEntry> entry(Kernel kernel) {
      return Optional.ofNullable(menu).flatMap(one -> one.usual(kernel));
    }

    Blacklists of(Kernel kernel) {
      Optional<ModuleBlacklist> booted = entry(kernel).map(Now::ofEntry);
      boolean runs = kernel.equals(running);
      List<ModuleBlacklist> own = new ArrayList<>();
      if (runs && current != null) {
        own.add(current);
      }
      booted.ifPresent(own::add);
      return new Blacklists(own, runs || booted.isEmpty() ? null : current);
    }

    private static ModuleBlacklist ofEntry(BootEntry entry) {
      return ModuleBlacklist.of("boot entry " + entry.title(), entry.options());
    }
  }

  Now look() throws IOException, InterruptedException {
    Path file = paths.kernelCommandLine();
    return new Now(
        inventory.running().orElse(null),
        Files.isReadable(file)
            ? ModuleBlacklist.of(file.toString(), Files.readString(file, ISO_8859_1))
            : null,
        menu().orElse(null));
  }

  /** One that cannot be read is told by the guard, whose default depends on it. */
  private Optional<BootMenu> menu() throws InterruptedException {
    try {
      return loaders.menu();
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }
}
