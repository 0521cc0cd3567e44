package org.kmodkeeper.model;

import java.util.Arrays;
import java.util.Optional;

/** What an observation means for one (kernel, driver): {@link #READY}, or the reason why not. */
public enum Verdict {
  /** Booted into this kernel, modprobe loads our module, of the wanted version. */
  READY(true),
  /** The driver's source was never put on this host; there is nothing to keep. */
  NOT_SET_UP(true),
  /** The driver itself says that it is not for this kernel: BUILD_EXCLUSIVE of dkms.conf. */
  EXCLUDED(true),
  /** It says so of a driver that another kernel has, and this kernel has nothing in its place. */
  UNSUPPORTED(false),
  /** Something would have to be put into the kernel's tree, and that is read-only. */
  READ_ONLY(false),
  /** No module of ours is in the kernel's tree. */
  MISSING(false),
  /** A remedy is at work on it now. */
  BUILDING(false),
  /** The kernel's headers are not installed, so nothing can be built. */
  NO_HEADERS(false),
  /** The driver's source is gone, or the pinned version is not there. */
  NO_SOURCE(false),
  /** gcc or make is not installed. */
  NO_COMPILER(false),
  /** A remedy ran and failed. */
  BUILD_FAILED(false),
  /** Ours is in the tree, but another copy wins depmod's search order. */
  SHADOWED(false),
  /** The module is of another version than the one wanted. */
  WRONG_VERSION(false),
  /** The module was built for a kernel of another kind; this one refuses it. */
  VERMAGIC_MISMATCH(false),
  /** The module needs symbols that the kernel does not offer, or offers in another shape. */
  SYMBOL_MISMATCH(false),
  /** A module that it depends on is not there. */
  MISSING_DEPENDENCY(false),
  /** The kernel insists on signatures, and the module has none that it accepts. */
  UNSIGNED(false),
  /** modprobe.d keeps the module from being loaded for its device. */
  BLACKLISTED(false),
  /** modprobe.d runs a command instead of loading the module. */
  REPLACED(false),
  /** The kernel has the driver built in; no module can take its place. */
  BUILT_IN(false),
  /** The file is no whole module. */
  DAMAGED(false),
  /** The kernel's initramfs holds another build of the module, and that one is loaded first. */
  STALE_INITRAMFS(false),
  /** It could not be found out. */
  UNKNOWN(false);

  private final boolean bootable;

  Verdict(boolean bootable) {
    this.bootable = bootable;
  }

  /** Whether a required driver with this verdict lets its kernel count as bootable. */
  public boolean bootable() {
    return bootable;
  }

  /** The verdict that users see as this word; empty if there is none. */
  public static Optional<Verdict> named(String word) {
    return Arrays.stream(values()).filter(verdict -> verdict.toString().equals(word)).findFirst();
  }

  /** As users see it: {@code no-headers}. */
  @Override
  public String toString() {
    return Words.of(this);
  }
}
