package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.build.PackageUnpacker;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.store.ArtifactStore;

/** Stores the modules of packages that are offered for kernels that are not installed. */
public final class AdvancePackage {
  private final HostPaths paths;
  private final PackageFetcher fetcher;
  private final ArtifactStore store;
  private final Installer installer;

  public AdvancePackage(HostPaths paths, CommandRunner runner, PackageManager packages) {
    this.paths = paths;
    this.fetcher = new PackageFetcher(packages, new PackageUnpacker(paths, runner));
    this.store = new ArtifactStore(paths);
    this.installer = new Installer(paths, new Kmod(paths, runner), new InstallReceipts(paths));
  }

  /**
   * Stores what the package has, which is not installed.
   *
   * @return why there is nothing to store; nothing if it is stored
   */
  public Optional<String> run(Observation installed, Kernel kernel)
      throws IOException, InterruptedException {
    Driver driver = Objects.requireNonNull(installed.driver());
    Path space = paths.downloads().resolve("package-" + driver.name());
    try {
      PackageFetcher.Fetched fetched =
          fetcher.fetch(driver, kernel, installed.policy().reuse(), space);
      Map<String, Path> files = new HashMap<>();
      for (Installer.Staged module : fetched.modules()) {
        installer.proveFits(module);
        files.put(module.file().getFileName().toString(), module.file());
      }
      store.add(fetched.manifest(), files);
      return Optional.empty();
    } catch (RemedyAction.Failed failed) {
      return Optional.of(String.valueOf(failed.getMessage()));
    } finally {
      FileUtils.deleteDirectory(space.toFile());
    }
  }
}
