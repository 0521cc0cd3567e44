package org.kmodkeeper.build;

import java.nio.file.Path;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;

/**
 * A private build directory, one for each (driver, kernel).
 *
 * <p>It has the shape of a dkms tree, so that a dkms.conf which says {@code
 * $dkms_tree/$module/$module_version/build} means the private copy.
 *
 * @param headers the kernel's headers
 */
public record BuildSpace(Path root, Driver driver, Kernel kernel, Path headers) {
  /** Where builds of that driver for that kernel happen, below the directory. */
  public static BuildSpace of(Path directory, Driver driver, Kernel kernel, Path headers) {
    String name = driver.name() + "-" + driver.version() + "-" + kernel.release();
    return new BuildSpace(directory.resolve(name), driver, kernel, headers);
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
