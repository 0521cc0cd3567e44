package org.kmodkeeper.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/**
 * dkms(8), as of version 3.0.10.
 *
 * <p>Its exit status proves nothing: 0 also means that it declined, or that it trusted its records.
 */
public final class Dkms {
  private final HostPaths paths;
  private final CommandRunner runner;

  public Dkms(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  public boolean isInstalled() {
    return runner.searchPath().find("dkms").isPresent();
  }

  /** Whether dkms knows this version of the driver. */
  public boolean isRegistered(String name, String version) {
    return Files.exists(paths.dkmsTree().resolve(name).resolve(version).resolve("source"));
  }

  /** Whether dkms knows any version of the driver. */
  public boolean isRegistered(String name) {
    return Files.isDirectory(paths.dkmsTree().resolve(name));
  }

  /** What dkms built of that module for that kernel, if it did. */
  public Optional<Path> built(Driver driver, Kernel kernel, String module) throws IOException {
    Path release =
        paths.dkmsTree().resolve(driver.name()).resolve(driver.version()).resolve(kernel.release());
    if (!Files.isDirectory(release)) {
      return Optional.empty();
    }
    // <release>/<arch>/module/<module>.ko
    try (Stream<Path> files =
        Files.find(
            release, 3, (path, attributes) -> path.getNameCount() == release.getNameCount() + 3)) {
      return files
          .filter(path -> path.getName(path.getNameCount() - 2).toString().equals("module"))
          .filter(path -> ModuleName.holds(path.getFileName().toString(), module))
          .findFirst();
    }
  }

  /** Builds and installs all that is registered and wants to be installed by itself. */
  public Completed autoinstall(Kernel kernel, Duration limit, Path log)
      throws IOException, InterruptedException {
    return run(List.of("dkms", "autoinstall", "-k", kernel.release()), limit, log);
  }

  /** Builds and installs one driver, whatever dkms's records and its version check say. */
  public Completed reinstall(Driver driver, Kernel kernel, Duration limit, Path log)
      throws IOException, InterruptedException {
    String which = driver.name() + "/" + driver.version();
    Completed built =
        run(List.of("dkms", "build", "--force", which, "-k", kernel.release()), limit, log);
    return built.succeeded()
        ? run(List.of("dkms", "install", "--force", which, "-k", kernel.release()), limit, log)
        : built;
  }

  private Completed run(List<String> argv, Duration limit, Path log)
      throws IOException, InterruptedException {
    return runner.run(Command.of(argv).within(limit).loggingTo(log));
  }

  /** The output of the last build that failed; dkms keeps it in the build directory. */
  public Path failedBuildLog(Driver driver) {
    return paths
        .dkmsTree()
        .resolve(driver.name())
        .resolve(driver.version())
        .resolve("build/make.log");
  }

  /** The versions of which dkms has a build for that kernel, as {@code name/version}. */
  public List<String> buildsFor(Kernel kernel) throws IOException {
    if (!Files.isDirectory(paths.dkmsTree())) {
      return List.of();
    }
    try (Stream<Path> releases = Files.find(paths.dkmsTree(), 3, (path, attributes) -> true)) {
      return releases
          .filter(path -> paths.dkmsTree().relativize(path).getNameCount() == 3)
          .filter(path -> path.endsWith(kernel.release()))
          .map(path -> paths.dkmsTree().relativize(path.getParent()).toString())
          .filter(which -> !which.endsWith("/original_module"))
          .sorted()
          .toList();
    }
  }

  /** Forgets what was built for that kernel; the driver stays registered. */
  public Completed unbuild(String which, Kernel kernel) throws IOException, InterruptedException {
    return runner.run(Command.of("dkms", "unbuild", which, "-k", kernel.release()));
  }
}
