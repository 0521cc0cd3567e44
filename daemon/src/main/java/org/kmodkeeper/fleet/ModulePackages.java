package org.kmodkeeper.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.kmodkeeper.fleet.PackageContent.Content;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.Manifest;

/** What goes into the packages of stored builds. */
final class ModulePackages {
  private final HostPaths paths;
  private final CommandRunner runner;

  ModulePackages(HostPaths paths, CommandRunner runner) {
    this.paths = paths;
    this.runner = runner;
  }

  /**
   * The packages of all that was found of a driver; the one that they share comes first.
   *
   * @param there packages that were made before
   */
  List<PackageContent> of(StoredBuilds.OfDriver found, List<Rpm.RpmFile> there)
      throws IOException, InterruptedException {
    List<PackageContent> packages = new ArrayList<>();
    for (Map.Entry<Kernel, Artifact> build : found.builds().entrySet()) {
      packages.add(modules(found, build.getKey(), build.getValue(), there));
    }
    if (!packages.isEmpty()) {
      packages.add(0, common(found));
    }
    return packages;
  }

  private PackageContent common(StoredBuilds.OfDriver found) {
    Driver driver = found.driver();
    var told =
        new PackagedDriver(
            PackagedDriver.FORMAT,
            driver.name(),
            driver.version(),
            found.source().source(),
            found.source().recipe(),
            driver.modules());
    return new PackageContent(
        driver.name(),
        "common.spec",
        PackagedDriver.commonPackage(driver.name()),
        PackagedDriver.packageVersion(driver.version()),
        "noarch",
        found.last(),
        Map.of("driverVersion", driver.version()),
        Map.of(
            installed(paths.packagedDrivers().resolve(driver.name() + ".json")),
            Content.of(told.text())));
  }

  /**
   * The modules of that build. Where it is one for another kernel, and the kernel's package has one
   * for a third, that one stays: an upgrade would bring hosts nothing.
   */
  private PackageContent modules(
      StoredBuilds.OfDriver found, Kernel kernel, Artifact artifact, List<Rpm.RpmFile> there)
      throws IOException, InterruptedException {
    PackageContent content = modules(found.driver(), kernel, artifact);
    if (!artifact.manifest().kernel().equals(kernel) && there.stream().noneMatch(content::isIn)) {
      for (Artifact other : found.all()) {
        PackageContent before = modules(found.driver(), kernel, other);
        if (there.stream().anyMatch(before::isIn)) {
          return before;
        }
      }
    }
    return content;
  }

  private PackageContent modules(Driver driver, Kernel kernel, Artifact artifact)
      throws IOException, InterruptedException {
    Manifest manifest = artifact.manifest();
    Map<String, Content> files = new TreeMap<>();
    Path directory = paths.extra(kernel).resolve(driver.name());
    for (Manifest.Module module : manifest.modules()) {
      files.put(
          installed(directory.resolve(module.file())),
          Content.of(artifact.file(module), module.sha256()));
    }
    files.put(
        installed(paths.packagedManifest(driver.name(), kernel)),
        Content.of(artifact.manifestFile(), Sha256.of(artifact.manifestFile())));
    return new PackageContent(
        driver.name(),
        "modules.spec",
        PackagedDriver.modulePackage(driver.name(), kernel.release()),
        PackagedDriver.packageVersion(driver.version()),
        manifest.architecture(),
        manifest.made().truncatedTo(ChronoUnit.SECONDS),
        Map.of(
            "driverVersion",
            driver.version(),
            "kernel",
            kernel.release(),
            "builtFor",
            manifest.kernel().release(),
            "capability",
            PackageManager.image(kernel),
            "common",
            PackagedDriver.commonPackage(driver.name()),
            "license",
            license(artifact.file(manifest.modules().get(0))),
            "generators",
            generators(manifest.kernel()),
            "provides",
            manifest.modules().stream()
                .map(module -> "Provides:       kmod(" + module.name() + ".ko)")
                .collect(Collectors.joining("\n"))),
        files);
  }

  /**
   * EL's kernel-rpm-macros compares the modules with a list that is there only while the kernel's
   * headers are installed. Without it, it takes every symbol for one of another package, which
   * nothing provides; the kernel itself is required in any case.
   */
  private String generators(Kernel builtFor) {
    Path symvers =
        paths.sources().resolve("kernels").resolve(builtFor.release()).resolve("Module.symvers");
    return Files.isReadable(symvers) ? "" : "%global __required_ksyms_requires %{nil}";
  }

  /** On the host that has the package: below no root. */
  private String installed(Path file) {
    return "/" + paths.root().relativize(file);
  }

  /**
   * The module's license in SPDX's words. "GPL" and "GPL v2" do not tell whether a later one may be
   * chosen, and a dual license has version 2 as one choice: license-rules.rst of the kernel.
   */
  private String license(Path module) throws IOException, InterruptedException {
    Completed asked = runner.run(Command.of("modinfo", "-F", "license", module.toString()));
    return asked.stdout().contains("GPL") ? "GPL-2.0-only" : "LicenseRef-proprietary";
  }
}
