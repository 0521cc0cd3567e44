package org.kmodkeeper.model;

/** What an observation means for one (kernel, driver): {@link #READY}, or the reason why not. */
public enum Verdict {
  /** The file that modprobe resolves is ours, of the wanted version, and fits the kernel. */
  READY(true),
  /** The driver's source was never put on this host; there is nothing to keep. */
  NOT_SET_UP(true),
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
  /** The module was built for another kernel. */
  VERMAGIC_MISMATCH(false),
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

  /** As users see it: {@code no-headers}. */
  @Override
  public String toString() {
    return Words.of(this);
  }
}
