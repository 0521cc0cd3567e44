package org.kmodkeeper.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which kernel boots next, as the boot loader was last read.
 *
 * @param next null if that is not known
 * @param hold null unless the default is held
 */
public record BootState(@Nullable Kernel next, Certainty certainty, @Nullable Hold hold) {
  /** Nothing is known of a boot loader. */
  public static final BootState UNKNOWN = new BootState(null, Certainty.UNSUPPORTED, null);

  /** Whether a kernel is known to boot, ready or not. */
  public enum Certainty {
    /** The boot loader names one, and it can boot. */
    KNOWN,
    /** The one that boots next lacks its initramfs. */
    LACKING,
    /** Only the boot itself decides, or the boot loader cannot be read. */
    UNDECIDED,
    /** No boot loader that is supported was found. */
    UNSUPPORTED
  }

  /**
   * The default is kept on another kernel.
   *
   * @param wanted the kernel that the default returns to once it is bootable
   */
  public record Hold(Kernel wanted, Instant since) {}
}
