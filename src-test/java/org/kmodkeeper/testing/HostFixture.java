package org.kmodkeeper.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;

/** A host below a temporary root; its programs are the real ones, without dkms. */
public final class HostFixture {
  private static final String TOOLS =
      "as bash cat cp depmod gcc grep grub-editenv gzip head ld make modinfo modprobe patch rm sed"
          + " sh sleep sort strip tail tee timeout touch true uname xz zstd";

  private final HostPaths paths;
  private final Path tools;
  private final Path standIns;

  public HostFixture(Path root) throws IOException {
    this.paths = new HostPaths(root);
    this.tools = Files.createDirectories(root.resolve("tools"));
    this.standIns = Files.createDirectories(root.resolve("stand-ins"));
    for (String tool : TOOLS.split(" ", -1)) {
      script(tools.resolve(tool), "exec " + real(tool) + " \"$@\"");
    }
  }

  public HostPaths paths() {
    return paths;
  }

  public Path root() {
    return paths.root();
  }

  public CommandRunner runner() {
    return new CommandRunner(new SearchPath(List.of(standIns, tools)));
  }

  /** The host no longer has that program. */
  public void without(String tool) throws IOException {
    Files.delete(tools.resolve(tool));
  }

  /** A shell script takes the place of a program; {@code @real@} in it is the real one. */
  public void standIn(String tool, String script) throws IOException {
    script(standIns.resolve(tool), script.replace("@real@", real(tool)));
  }

  private static String real(String tool) {
    return SearchPath.SYSTEM.find(tool).map(Path::toString).orElse("none");
  }

  private static void script(Path file, String script) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** The real program is back. */
  public void withoutStandIn(String tool) throws IOException {
    Files.delete(standIns.resolve(tool));
  }

  /** Installs a kernel, without its headers. */
  public InstalledKernel kernel(String release) throws IOException {
    var kernel = new InstalledKernel(paths, new Kernel(release));
    Files.createDirectories(kernel.file("kernel/drivers"));
    Files.createFile(kernel.file("vmlinuz"));
    Files.createFile(kernel.file("modules.order"));
    Files.createFile(kernel.file("modules.builtin"));
    return kernel;
  }

  /** Unpacks a driver's source; plain kbuild builds it. */
  public Path source(String name, String version) throws IOException {
    Path directory = paths.sources().resolve(name + "-" + version);
    write(directory.resolve("Makefile"), "obj-m := " + name + ".o\n");
    write(directory.resolve(name + ".c"), TestModule.named(name).version(version).source());
    return directory;
  }

  /** Writes a file with its directories. */
  public static Path write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  /** A required driver with the default remedies. */
  public static Policy driver(String name) {
    return driver(name, null);
  }

  /** A required driver with a build command of its own, or null. */
  public static Policy driver(String name, @Nullable String make) {
    return new Policy(
        name,
        Policy.Origin.CONFIGURED,
        null,
        List.of(),
        Policy.Need.REQUIRED,
        List.of(Remedy.STORED, Remedy.DKMS, Remedy.DIRECT),
        make,
        Policy.Reuse.UNTIL_BUILT);
  }

  public static Settings settings(Policy... policies) {
    return TestSettings.of(policies).settings();
  }
}
