package org.kmodkeeper.model;

/** One way to make a driver ready. */
public enum Remedy {
  /** Modules that this host has built before, for this kernel or one whose symbols are the same. */
  STORED,
  /** The package of its modules for the kernel, which an enabled repository offers. */
  PACKAGE,
  /** {@code dkms autoinstall} for the kernel. */
  DKMS,
  /** A build outside of dkms, from a private copy of the source. */
  DIRECT,
  /** A depmod {@code override} line, so that our copy wins over a stale one; never configured. */
  OVERRIDE,
  /** A new initramfs, where the old one contains another build of a module; never configured. */
  INITRAMFS,
  /** The kernel's headers, installed by the package manager; never configured. */
  HEADERS;

  /** Whether it is the package manager that does it; nothing else is done at the same time. */
  public boolean isTransaction() {
    return this == PACKAGE || this == HEADERS;
  }

  /** Whether it compiles the driver. */
  public boolean isBuild() {
    return this == DKMS || this == DIRECT;
  }

  /** As users see and configure it: {@code dkms}. */
  @Override
  public String toString() {
    return KebabCase.of(this);
  }
}
