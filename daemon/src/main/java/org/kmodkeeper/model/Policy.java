package org.kmodkeeper.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator wants of one driver.
 *
 * @param name the driver's name in DKMS's sense: its source is {@code /usr/src/<name>-<version>}
 * @param origin who asked for it
 * @param version the pinned version, or null for the newest source found
 * @param modules the modules to keep, or empty for those that dkms.conf or the name tells
 * @param need whether a kernel without the driver counts as bootable
 * @param remedies in the order to try them
 * @param make the build command, or null for dkms.conf's or plain kbuild
 * @param reuse whether a build for another kernel will do
 */
public record Policy(
    String name,
    Origin origin,
    @Nullable String version,
    List<String> modules,
    Need need,
    List<Remedy> remedies,
    @Nullable String make,
    Reuse reuse) {
  /** Who asked for a driver to be kept. */
  public enum Origin {
    /** A file in drivers.d. */
    CONFIGURED,
    /** dkms, with which it is registered and which installs it automatically. */
    DKMS,
    /** A package that is installed: {@code <driver>-kmod-common}. */
    PACKAGE
  }

  /**
   * Whether a build for another kernel will do where all symbols are the same; their CRCs do not
   * cover inline functions and structures behind no symbol.
   */
  public enum Reuse {
    /** It will. */
    YES,
    /** It will until the kernel's own build is made, where there are headers and a compiler. */
    UNTIL_BUILT,
    /** It will not. */
    NO
  }

  /** Whether a kernel can do without the driver. */
  public enum Need {
    REQUIRED,
    OPTIONAL,
    /** It cannot if the driver serves a device that this host uses. */
    AUTO
  }

  /** The same, with what was found out where it is {@link Need#AUTO}. */
  public Policy found(Need needed) {
    return new Policy(name, origin, version, modules, needed, remedies, make, reuse);
  }

  /** The same for a host without network. */
  public Policy withoutNetwork() {
    List<Remedy> local = remedies.stream().filter(one -> !one.isTransaction()).toList();
    return new Policy(name, origin, version, modules, need, local, make, reuse);
  }

  public Policy {
    modules = List.copyOf(modules);
    remedies = List.copyOf(remedies);
  }

  /** The policy for a driver that no file in drivers.d is about. */
  public static Policy found(String name, Origin origin, List<Remedy> remedies) {
    return new Policy(name, origin, null, List.of(), Need.AUTO, remedies, null, Reuse.UNTIL_BUILT);
  }
}
