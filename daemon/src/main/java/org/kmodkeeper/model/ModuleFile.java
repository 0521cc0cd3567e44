package org.kmodkeeper.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One {@code .ko} as modinfo reads it.
 *
 * @param path where it is, as modprobe names it
 * @param place whether it came with the kernel
 * @param version its MODULE_VERSION, or null if it has none
 * @param vermagic the kernel it was built for, e.g. {@code 6.1.0-1.el9.x86_64 SMP preempt}
 * @param vermagicFit whether this kernel accepts that
 * @param provenance what shows that it was built from the wanted driver version
 */
public record ModuleFile(
    Path path,
    Place place,
    @Nullable String version,
    String vermagic,
    VermagicFit vermagicFit,
    Provenance provenance) {
  /** Whether a kernel accepts a module's vermagic. */
  public enum VermagicFit {
    FITS,
    DIFFERS
  }

  /** Whether a module file came with its kernel. */
  public enum Place {
    /** Below {@code kernel/}: the kernel's own. */
    IN_TREE,
    /** In {@code extra/}, {@code updates/} or another directory that was added. */
    ADDED,
    /** In another kernel's tree, to which a link leads: weak-modules(8). */
    BORROWED
  }

  /** What shows where a module file came from. */
  public enum Provenance {
    /** Its MODULE_VERSION is the wanted version. */
    VERSION,
    /** We built it, and the file is still byte for byte what we installed. */
    RECEIPT,
    /** It is byte for byte what dkms built from the wanted version. */
    DKMS,
    /** It is byte for byte what a package of the wanted version says that it has. */
    PACKAGE,
    /** Nothing shows it. */
    NONE
  }

  /** The release that the module was built for: the first word of its vermagic. */
  public String builtFor() {
    int space = vermagic.indexOf(' ');
    return space < 0 ? vermagic : vermagic.substring(0, space);
  }
}
