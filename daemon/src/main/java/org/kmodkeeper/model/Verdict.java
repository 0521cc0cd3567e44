package org.kmodkeeper.model;

/** What an observation means for one (kernel, driver): {@link #READY}, or the reason why not. */
public enum Verdict {
  /** Booted into this kernel, modprobe loads our module, of the wanted version. */
  READY(0),
  /** The driver's source was never put on this host; there is nothing to keep. */
  NOT_SET_UP(0),
  /** The driver itself says that it is not for this kernel: BUILD_EXCLUSIVE of dkms.conf. */
  EXCLUDED(0),
  /** It says so of a driver that another kernel has, and this kernel has nothing in its place. */
  UNSUPPORTED(30),
  /** Something would have to be put into the kernel's tree, and that is read-only. */
  READ_ONLY(27),
  /** No module of ours is in the kernel's tree. */
  MISSING(10, Mended.BY_BUILD),
  /** A remedy is running on it now. */
  BUILDING(11),
  /** The kernel's headers are not installed, so nothing can be built. */
  NO_HEADERS(12),
  /** The driver's source is gone, or the pinned version is not there. */
  NO_SOURCE(13),
  /** gcc or make is not installed. */
  NO_COMPILER(14),
  /** A remedy ran and failed. */
  BUILD_FAILED(15, Mended.BY_BUILD),
  /** Ours is in the tree, but another copy wins depmod's search order. */
  SHADOWED(16),
  /** The module is of another version than the one wanted. */
  WRONG_VERSION(17, Mended.BY_BUILD),
  /** The module was built for a kernel of another kind; this one refuses it. */
  VERMAGIC_MISMATCH(18, Mended.BY_BUILD),
  /** The module needs symbols that the kernel does not offer, or offers in another shape. */
  SYMBOL_MISMATCH(19, Mended.BY_BUILD),
  /** A module that it depends on is not there. */
  MISSING_DEPENDENCY(20),
  /** The kernel requires signatures, and the module has none that it accepts. */
  UNSIGNED(21, Mended.BY_BUILD),
  /** modprobe.d keeps the module from being loaded for its device. */
  BLACKLISTED(22),
  /** modprobe.d runs a command instead of loading the module. */
  REPLACED(23),
  /** The kernel has the driver built in; no module can take its place. */
  BUILT_IN(24),
  /** The file is not a complete module. */
  DAMAGED(25, Mended.BY_BUILD),
  /** The kernel's initramfs contains another build of the module, and that one is loaded first. */
  STALE_INITRAMFS(26),
  /** It could not be found out. */
  UNKNOWN(29, Mended.BY_BUILD);

  /** Not below /usr/share/doc, which images leave out; docs/verdicts has the source. */
  private static final String PAGES = "what to do: /usr/share/kmodkeeper/verdicts/";

  private enum Mended {
    BY_BUILD,
    OTHERWISE
  }

  private final int exitStatus;
  private final Mended mended;

  Verdict(int exitStatus) {
    this(exitStatus, Mended.OTHERWISE);
  }

  Verdict(int exitStatus, Mended mended) {
    this.exitStatus = exitStatus;
    this.mended = mended;
  }

  /** The exit status of a command that finds a required driver so; 0 if that is not a failure. */
  public int exitStatus() {
    return exitStatus;
  }

  /** Whether a required driver with this verdict lets its kernel count as bootable. */
  public boolean bootable() {
    return exitStatus == 0;
  }

  /** Whether a build would fix it; then what prevents builds is the better answer. */
  public boolean needsBuild() {
    return mended == Mended.BY_BUILD;
  }

  /** Tells operators where it is explained. */
  public String reference() {
    return PAGES + this + ".md";
  }

  /** As users see it: {@code no-headers}. */
  @Override
  public String toString() {
    return KebabCase.of(this);
  }
}
