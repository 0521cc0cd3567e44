package org.kmodkeeper.tools;

import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.SearchPath;

/**
 * The commands that operators are advised to run, as this host has them.
 *
 * @param packageManager dnf(8), or yum(8) where there is no dnf
 */
public record Advice(String packageManager) {
  /** The package manager that is here, or would be. */
  public static Advice on(SearchPath programs) {
    boolean yumAlone = programs.find("dnf").isEmpty() && programs.find("yum").isPresent();
    return new Advice(yumAlone ? "yum" : "dnf");
  }

  /** The command that installs packages. */
  public String install(String packages) {
    return packageManager + " install " + packages;
  }

  /** The command that installs a kernel's headers. */
  public String installHeaders(Kernel kernel) {
    return install("'" + PackageManager.headers(kernel) + "'");
  }
}
