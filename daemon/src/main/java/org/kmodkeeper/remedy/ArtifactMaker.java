package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleContent;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.kmod.SymbolComparison;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.Manifest;

/** Puts modules into the store, with the manifest that tells what they were built from and for. */
final class ArtifactMaker {
  private final ArtifactStore store;
  private final Kmod kmod;
  private final Clock clock;
  private final ModuleReader reader = new ModuleReader();

  ArtifactMaker(ArtifactStore store, Kmod kmod, Clock clock) {
    this.store = store;
    this.kmod = kmod;
    this.clock = clock;
  }

  /**
   * A module that was built.
   *
   * @param signer who signed it, for people; null if that is not known
   */
  record Built(String name, Path file, @Nullable String signer) {}

  /**
   * What modules were built for.
   *
   * @param symvers the kernel's list of symbols, or null
   * @param config its configuration, or null
   */
  record Target(Kernel kernel, @Nullable Path symvers, @Nullable Path config) {}

  /**
   * Stores the modules of one driver, unless the same ones are stored.
   *
   * @param madeBy the remedy that built them, or null if it was none of ours
   */
  void add(
      Driver driver,
      SourceIdentity source,
      Target target,
      List<Built> modules,
      @Nullable Remedy madeBy)
      throws IOException, InterruptedException, DamagedModuleException {
    List<Manifest.Module> described = new ArrayList<>();
    Map<String, Path> files = new TreeMap<>();
    for (Built module : modules) {
      described.add(describe(module));
      files.put(module.file().getFileName().toString(), module.file());
    }
    boolean known =
        store
            .of(driver, target.kernel())
            .filter(artifact -> artifact.manifest().modules().equals(described))
            .filter(artifact -> artifact.manifest().source().equals(source.source()))
            .filter(artifact -> artifact.manifest().recipe().equals(source.recipe()))
            .isPresent();
    if (!known) {
      @Nullable Path config = target.config();
      store.add(
          new Manifest(
              Manifest.FORMAT,
              driver.name(),
              driver.version(),
              source.source(),
              source.recipe(),
              target.kernel(),
              kmod.architecture(),
              target.kernel().variant(),
              target.symvers() == null ? "" : Sha256.of(target.symvers()),
              config == null ? null : Sha256.of(config),
              config == null ? null : compiler(config),
              described,
              madeBy,
              clock.instant(),
              ""),
          files);
    }
  }

  private Manifest.Module describe(Built module)
      throws IOException, InterruptedException, DamagedModuleException {
    ModuleContent content = reader.read(module.file());
    Map<String, String> symbols = new TreeMap<>();
    for (ModuleContent.Symbol symbol : content.needs()) {
      symbols.put(
          symbol.name(),
          symbol.crc() == ModuleContent.NO_CRC ? "-" : SymbolComparison.hex(symbol.crc()));
    }
    return new Manifest.Module(
        module.name(),
        module.file().getFileName().toString(),
        Sha256.of(module.file()),
        content.vermagic(),
        symbols,
        content.signed() ? module.signer() : null);
  }

  private static @Nullable String compiler(Path config) throws IOException {
    String key = "CONFIG_CC_VERSION_TEXT=";
    try (var lines = Files.lines(config)) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(key.length()).replace("\"", ""))
          .findFirst()
          .orElse(null);
    }
  }
}
