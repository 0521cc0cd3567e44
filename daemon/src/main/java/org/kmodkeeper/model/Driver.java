package org.kmodkeeper.model;

import java.nio.file.Path;
import java.util.List;

/**
 * One out-of-tree package in DKMS's sense, as found on this host.
 *
 * @param source its source directory, {@code /usr/src/<name>-<version>}
 * @param modules the modules it provides, at least one
 */
public record Driver(String name, String version, Path source, List<String> modules) {
  public Driver {
    modules = List.copyOf(modules);
    if (modules.isEmpty()) {
      throw new IllegalArgumentException("driver " + name + " provides no module");
    }
  }
}
