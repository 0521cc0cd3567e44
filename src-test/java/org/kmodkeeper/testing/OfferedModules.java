package org.kmodkeeper.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.Manifest;

/**
 * A host that is offered the package of ixgbevf 1.2 for one kernel. The package is an archive of
 * cpio's; dnf and rpm are stand-ins.
 *
 * @param kernel the one that the package is for
 */
public record OfferedModules(HostFixture host, Kernel kernel) {
  private static final String FILE = "ixgbevf.ko";

  /** Has the host wish for the driver, of which it has no source. */
  public static OfferedModules on(HostFixture host, Kernel kernel) throws IOException {
    HostFixture.write(
        host.paths().packagedDriver("ixgbevf"),
        new PackagedDriver(PackagedDriver.FORMAT, "ixgbevf", "1.2", "s1", "r1", List.of("ixgbevf"))
            .text());
    return new OfferedModules(host, kernel);
  }

  /** Where the package is. */
  public Path file() {
    return host.root().resolve("kmod-ixgbevf.rpm");
  }

  /**
   * Offers the package.
   *
   * @param driver and {@code builtFor}: what its manifest says
   * @param offered what dnf says of kernels
   */
  public void offer(String driver, Kernel builtFor, TestModule module, String offered)
      throws IOException, InterruptedException {
    Path root = Files.createTempDirectory(host.root(), "package");
    HostPaths laid = new HostPaths(root.resolve("root"));
    Path file = module.at(laid.extra(kernel).resolve("ixgbevf").resolve(FILE));
    Path told = laid.packagedManifest("ixgbevf", kernel);
    Files.createDirectories(Objects.requireNonNull(told.getParent()));
    Files.copy(manifest(root, driver, builtFor, file), told);
    var packed =
        new CommandRunner(SearchPath.SYSTEM)
            .run(
                Command.of(
                    "sh",
                    "-c",
                    "cd '%s' && find * | cpio --quiet -o -H newc >'%s'"
                        .formatted(laid.root(), file())));
    if (!packed.succeeded()) {
      throw new IOException(packed.complaint());
    }
    Path said = HostFixture.write(host.root().resolve("kernels"), offered);
    host.standIn(
        "dnf",
        """
        echo "$*" >>'%s'
        case "$*" in
          *--assumeyes*) ;;
          *--whatprovides*) cat '%s' ;;
          *repoquery*) echo '@ %s-1.2-1.x86_64 modules' ;;
          *download*) cp '%s' "$4" ;;
          *--dump*) echo gpgcheck = 0 ;;
        esac
        """
            .formatted(
                calls(), said, PackagedDriver.modulePackage("ixgbevf", kernel.release()), file()));
    host.standIn("cpio", "exec @real@ \"$@\"");
    host.standIn("rpm2cpio", "cat \"$1\"");
    host.standIn("rpmkeys", "echo \"$2: digests OK\"");
    host.standIn("rpm", "exit 1");
  }

  /** How dnf was called. */
  public Path calls() {
    return host.root().resolve("calls");
  }

  /** What a store would write. */
  private static Path manifest(Path root, String driver, Kernel builtFor, Path file)
      throws IOException, InterruptedException {
    var paths = new HostPaths(root.resolve("builder"));
    new ArtifactStore(paths)
        .add(
            new Manifest(
                Manifest.FORMAT,
                driver,
                "1.2",
                "s1",
                "r1",
                builtFor,
                new Kmod(paths, new CommandRunner(SearchPath.SYSTEM)).architecture(),
                builtFor.variant(),
                "",
                null,
                null,
                List.of(new Manifest.Module("ixgbevf", FILE, Sha256.of(file), "", Map.of(), null)),
                Remedy.DIRECT,
                Instant.EPOCH,
                ""),
            Map.of(FILE, file));
    return paths
        .state()
        .resolve("store")
        .resolve(driver + "-1.2")
        .resolve(builtFor.release())
        .resolve("manifest.json");
  }
}
