package org.kmodkeeper.model;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One out-of-tree package in DKMS's sense, as found on this host.
 *
 * @param source its source directory, {@code /usr/src/<name>-<version>}
 * @param modules the modules it provides, at least one
 */
public record Driver(String name, String version, Path source, List<String> modules) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+~-]{0,127}");

  /** Whether the text can name a driver, a version or a module: it is safe as a path component. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  public Driver {
    modules = List.copyOf(modules);
    if (modules.isEmpty()) {
      throw new IllegalArgumentException("driver " + name + " provides no module");
    }
  }
}
