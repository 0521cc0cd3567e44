package org.kmodkeeper.remedy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.commons.io.FileUtils;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.PackageUnpacker;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.OfferedPackage;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.store.DamagedArtifactException;
import org.kmodkeeper.store.Manifest;

/** Downloads the package of a driver's modules for a kernel, and looks into it. */
final class PackageFetcher {
  private final PackageManager packages;
  private final PackageUnpacker unpacker;

  PackageFetcher(PackageManager packages, PackageUnpacker unpacker) {
    this.packages = packages;
    this.unpacker = unpacker;
  }

  /**
   * A package that was downloaded; its signature is good, as far as its repository asks for one.
   *
   * @param modules those that it would install; nobody has judged them yet
   */
  record Fetched(
      OfferedPackage offered, Path file, Manifest manifest, List<Installer.Staged> modules) {
    RemedyAction.Failed refused(String why) {
      return PackageFetcher.refused(offered, why);
    }
  }

  /**
   * Downloads the newest package of the driver's version.
   *
   * @param reuse whether its modules may have been built for another kernel
   * @param space becomes a directory of its own, which is the caller's to remove
   * @throws RemedyAction.Failed if there is none, or it is of no use; the message says which
   */
  Fetched fetch(Driver driver, Kernel kernel, Reuse reuse, Path space)
      throws IOException, InterruptedException, RemedyAction.Failed {
    FileUtils.deleteDirectory(space.toFile());
    Files.createDirectories(space);
    Files.setPosixFilePermissions(space, PosixFilePermissions.fromString("rwx------"));
    OfferedPackage offered = find(driver, kernel, space);
    Path file = download(offered, space);
    Path root = Files.createDirectory(space.resolve("root"));
    try {
      unpacker.unpack(file, root, space.resolve("log"));
      Manifest manifest = manifest(root, driver, kernel, reuse);
      return new Fetched(offered, file, manifest, modules(root, manifest, driver, kernel));
    } catch (IOException | DamagedArtifactException unusable) {
      throw refused(offered, String.valueOf(unusable.getMessage()));
    }
  }

  /** The newest one of the driver's version. */
  private OfferedPackage find(Driver driver, Kernel kernel, Path space)
      throws IOException, InterruptedException, RemedyAction.Failed {
    String name = PackagedDriver.modulePackage(driver.name(), kernel.release());
    String version = PackagedDriver.packageVersion(driver.version());
    List<OfferedPackage> all = packages.offered(name, space.resolve("offered"));
    Optional<OfferedPackage> wanted =
        all.stream().filter(one -> one.name().startsWith(name + "-" + version + "-")).findFirst();
    if (wanted.isEmpty()) {
      String others =
          all.stream()
              .map(one -> one.name() + " by " + one.repository())
              .collect(Collectors.joining(", "));
      throw new RemedyAction.Failed(
          Outcome.NOTHING_LANDED,
          "no enabled repository offers %s of version %s%s"
              .formatted(name, version, others.isEmpty() ? "" : "; offered: " + others));
    }
    return wanted.get();
  }

  private Path download(OfferedPackage offered, Path space)
      throws IOException, InterruptedException, RemedyAction.Failed {
    Path directory = Files.createDirectory(space.resolve("download"));
    Path log = space.resolve("log");
    Completed ran = packages.download(offered.name(), offered.repository(), directory, log);
    List<Path> files = DirectoryListing.of(directory);
    if (!ran.succeeded() || files.size() != 1) {
      throw new RemedyAction.Failed(
          Outcome.BUILD_FAILED,
          "cannot download "
              + offered.name()
              + ": "
              + new BuildLog(log).lastLine().orElse(ran.ending().toString()));
    }
    Optional<String> distrust =
        packages.distrusts(files.get(0), offered.repository(), space.resolve("repository"));
    if (distrust.isPresent()) {
      throw refused(offered, distrust.get());
    }
    return files.get(0);
  }

  private static RemedyAction.Failed refused(OfferedPackage offered, String why) {
    return new RemedyAction.Failed(
        Outcome.NOT_PROVEN, offered.name() + " by " + offered.repository() + ": " + why);
  }

  private static Manifest manifest(Path root, Driver driver, Kernel kernel, Reuse reuse)
      throws IOException, DamagedArtifactException {
    Path told = new HostPaths(root).packagedManifest(driver.name(), kernel);
    Optional<Manifest> manifest =
        PackageUnpacker.isOwn(root, told) ? Manifest.of(told) : Optional.empty();
    if (manifest.isEmpty()) {
      throw new IOException("it has no manifest for this kernel");
    }
    if (!manifest.get().version().equals(driver.version())) {
      throw new IOException("its modules are of version " + manifest.get().version());
    }
    if (!manifest.get().driver().equals(driver.name())) {
      throw new IOException("its modules are of " + manifest.get().driver());
    }
    Kernel builtFor = manifest.get().kernel();
    if (!builtFor.equals(kernel)
        && (reuse == Reuse.NO || !builtFor.variant().equals(kernel.variant()))) {
      throw new IOException(
          "its modules were built for "
              + builtFor
              + (reuse == Reuse.NO ? ", and the setting reuse is no" : ", another variant"));
    }
    return manifest.get();
  }

  /** The files that it would install, which must be those of its manifest. */
  private static List<Installer.Staged> modules(
      Path root, Manifest manifest, Driver driver, Kernel kernel) throws IOException {
    Path directory = new HostPaths(root).extra(kernel).resolve(driver.name());
    List<Installer.Staged> staged = new ArrayList<>();
    for (Manifest.Module module : manifest.modules()) {
      Path file = directory.resolve(module.file());
      if (!PackageUnpacker.isOwn(root, file)) {
        throw new IOException("it has no module " + module.file());
      }
      if (!Sha256.of(file).equals(module.sha256())) {
        throw new IOException("its " + module.file() + " is not the one of its manifest");
      }
      staged.add(new Installer.Staged(module.name(), file, manifest.kernel()));
    }
    List<String> names = staged.stream().map(Installer.Staged::module).toList();
    if (!names.containsAll(driver.modules())) {
      throw new IOException("it lacks some of the modules " + driver.modules());
    }
    return staged;
  }
}
