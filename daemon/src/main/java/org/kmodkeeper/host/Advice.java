package org.kmodkeeper.host;

import java.util.Optional;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.SearchPath;

/**
 * The commands of its package manager that operators are advised to run, as this host has them.
 *
 * @param packageManager dnf(8), or yum(8) where there is no dnf
 */
public record Advice(String packageManager) {
  /** By the package manager that is here, or would be. */
  public static Advice on(SearchPath programs) {
    return new Advice(PackageManager.name(programs));
  }

  /** The command that installs packages. */
  public String install(String packages) {
    return packageManager + " install " + packages;
  }

  /** The command that brings back what a package had. */
  public String reinstall(String packages) {
    return packageManager + " reinstall " + packages;
  }

  /** The command that installs a kernel's headers. */
  public String installHeaders(Kernel kernel) {
    return install("'" + PackageManager.headers(kernel) + "'");
  }

  /** The command that installs a kernel: by what its image's package provides, or by its name. */
  public String installKernel(String release) {
    return install(
        packageManager.equals(PackageManager.YUM)
            ? "kernel-" + release
            : "'kernel-uname-r = " + release + "'");
  }

  /** The command that removes all but the newest kernels; yum alone has none. */
  public Optional<String> removeOldKernels() {
    return packageManager.equals(PackageManager.YUM)
        ? Optional.empty()
        : Optional.of(packageManager + " remove --oldinstallonly");
  }
}
