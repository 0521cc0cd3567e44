package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.LruCache;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.Symvers;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.ModuleFile;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.Manifest;

/**
 * Tells for which kernels one build of a driver may do, before it is made: those with equal CRCs of
 * the symbols that the driver needs. A wrong guess costs time and no more.
 */
final class BuildClasses {
  private static final int MAX_LISTS = 64;

  private final ArtifactStore store;
  private final ModuleReader reader = new ModuleReader();
  private final LruCache<Look, Map<String, Long>> looked = new LruCache<>(MAX_LISTS);

  private record Look(FileStamp list, Set<String> symbols) {}

  BuildClasses(HostPaths paths) {
    this.store = new ArtifactStore(paths);
  }

  /** Whether a build for one of the kernels may do for the other; yes, where that is not known. */
  boolean mayShare(Observation one, Observation other) throws InterruptedException {
    if (other.policy().reuse() == Reuse.NO
        || !other.policy().remedies().contains(Remedy.STORED)
        || !one.kernel().variant().equals(other.kernel().variant())) {
      return false;
    }
    try {
      Set<String> symbols = needed(one);
      symbols.addAll(needed(other));
      return symbols.isEmpty() || crcs(one, symbols).equals(crcs(other, symbols));
    } catch (IOException unreadable) {
      return true;
    }
  }

  /**
   * The symbols that the driver needs as far as known: by the builds that are stored, else by the
   * modules of its names, the kernel's own as a rule.
   */
  private Set<String> needed(Observation seen) throws IOException, InterruptedException {
    Set<String> symbols = new TreeSet<>();
    @Nullable Driver driver = seen.driver();
    if (driver != null) {
      for (Artifact artifact : store.of(driver)) {
        for (Manifest.Module module : artifact.manifest().modules()) {
          symbols.addAll(module.symbols().keySet());
        }
      }
    }
    if (symbols.isEmpty()) {
      for (Observation.Module module : seen.modules()) {
        @Nullable ModuleFile file = module.resolved();
        if (file != null) {
          symbols.addAll(needs(file.path()));
        }
      }
    }
    return symbols;
  }

  private Set<String> needs(Path module) throws IOException, InterruptedException {
    Set<String> names = new TreeSet<>();
    try {
      reader.read(module).needs().stream().map(ModuleContent.Symbol::name).forEach(names::add);
    } catch (DamagedModuleException damaged) {
      // Another kernel's may tell.
    }
    return names;
  }

  private Map<String, Long> crcs(Observation seen, Set<String> symbols)
      throws IOException, InterruptedException {
    @Nullable Path list = seen.kernelFacts().symvers();
    if (list == null) {
      throw new IOException("no list of symbols of " + seen.kernel());
    }
    FileStamp stamp = FileStamp.of(list).orElseThrow(() -> new IOException(list + " has gone"));
    return looked.get(new Look(stamp, symbols), () -> Map.copyOf(Symvers.crcs(list, symbols)));
  }
}
