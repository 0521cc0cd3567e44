package org.kmodkeeper.build;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;

/**
 * A private build directory, one for each (driver, kernel).
 *
 * <p>It has the shape of a dkms tree, so that a dkms.conf which says {@code
 * $dkms_tree/$module/$module_version/build} means the private copy.
 *
 * @param headers the kernel's headers
 * @param toolchain the root directory that it builds in, or null for the host's own
 */
public record BuildSpace(
    Path root,
    Driver driver,
    Kernel kernel,
    Path headers,
    @Nullable Path toolchain,
    Priority priority) {
  /** What a build gets of processor and disk. */
  public enum Priority {
    /** Less than what the host is there for. */
    LOW,
    /** Nothing that anything else wants: what it makes is there already. */
    IDLE
  }

  /** Where builds of that driver for that kernel happen, below the directory. */
  public static BuildSpace of(Path directory, Driver driver, Kernel kernel, Path headers) {
    String name = driver.name() + "-" + driver.version() + "-" + kernel.release();
    return new BuildSpace(directory.resolve(name), driver, kernel, headers, null, Priority.LOW);
  }

  /** The same with another priority. */
  public BuildSpace at(Priority other) {
    return new BuildSpace(root, driver, kernel, headers, toolchain, other);
  }

  /** The same with the compiler, and the headers, that are below that root directory. */
  BuildSpace in(Path other, Path itsHeaders) {
    return new BuildSpace(root, driver, kernel, itsHeaders, other, priority);
  }

  /** Whether the kernel is installed; the headers of any other were only downloaded. */
  boolean isForInstalled(HostPaths paths) {
    return headers.startsWith(paths.modules());
  }

  /** The private copy of the source. */
  public Path build() {
    return root.resolve(driver.name()).resolve(driver.version()).resolve("build");
  }

  /** Where a module waits, complete and under its final name, for its proof. */
  public Path stage() {
    return root.resolve("stage");
  }
}
