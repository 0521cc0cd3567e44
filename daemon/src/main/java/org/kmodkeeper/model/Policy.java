package org.kmodkeeper.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator wants of one driver.
 *
 * @param name the driver's name in DKMS's sense: its source is {@code /usr/src/<name>-<version>}
 * @param version the pinned version, or null for the newest source found
 * @param modules the modules to keep, or empty for those that dkms.conf or the name tells
 * @param need whether a kernel without the driver counts as bootable
 * @param remedies in the order to try them
 * @param make the build command, or null for dkms.conf's or plain kbuild
 */
public record Policy(
    String name,
    @Nullable String version,
    List<String> modules,
    Need need,
    List<Remedy> remedies,
    @Nullable String make) {
  /** Whether a kernel can do without the driver. */
  public enum Need {
    REQUIRED,
    OPTIONAL
  }

  public Policy {
    modules = List.copyOf(modules);
    remedies = List.copyOf(remedies);
  }
}
