package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.build.DkmsConfReader;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.DriverSources;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.kmod.ModuleName;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;

/** Which modules a driver has, or had: whatever on this host tells of any. */
final class ModuleNames {
  private final Settings settings;
  private final DriverSources sources;
  private final Dkms dkms;
  private final DkmsConfReader confs;
  private final InstallReceipts receipts;

  ModuleNames(HostPaths paths, CommandRunner runner, Settings settings) {
    this.settings = settings;
    this.sources = new DriverSources(paths);
    this.dkms = new Dkms(paths, runner);
    this.confs = new DkmsConfReader(paths, runner);
    this.receipts = new InstallReceipts(paths);
  }

  /** All names, at least one. */
  Set<String> of(String driver, List<Kernel> kernels) throws IOException, InterruptedException {
    Set<String> names = new TreeSet<>();
    settings.policies().stream()
        .filter(policy -> policy.name().equals(driver))
        .forEach(policy -> names.addAll(policy.modules()));
    for (Kernel kernel : kernels) {
      Optional<InstallReceipts.Receipt> receipt = receipts.read(kernel, driver);
      receipt.ifPresent(
          known ->
              known.files().keySet().forEach(file -> names.add(ModuleName.stem(Path.of(file)))));
      dkms.builtModules(driver, kernel).forEach(file -> names.add(ModuleName.stem(file)));
    }
    List<DriverSources.Source> all = new ArrayList<>(sources.all(driver));
    all.addAll(dkms.versions(driver));
    for (DriverSources.Source source : all) {
      names.addAll(described(driver, source, kernels));
    }
    if (names.isEmpty()) {
      names.add(driver);
    }
    return names;
  }

  private List<String> described(String driver, DriverSources.Source source, List<Kernel> kernels)
      throws InterruptedException {
    if (kernels.isEmpty() || !Files.isReadable(source.directory().resolve("dkms.conf"))) {
      return List.of();
    }
    var version = new Driver(driver, source.version(), source.directory(), List.of(driver));
    try {
      var target = new DkmsConfReader.Target(kernels.get(0), source.directory());
      return confs.describe(version, target).modules();
    } catch (IOException unreadable) {
      // What it would have told is told by what was built from it.
      return List.of();
    }
  }
}
