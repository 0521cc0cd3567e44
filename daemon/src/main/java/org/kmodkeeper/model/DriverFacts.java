package org.kmodkeeper.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a driver apart from the kernel's tree.
 *
 * @param driver the source found, or null if there is none
 * @param excluded the line of its dkms.conf that keeps it off the kernel, or null if none does
 * @param footprint whether any kernel of this host shows that the driver was in use
 * @param dkms what dkms can do for it
 * @param supply where its modules can come from
 */
public record DriverFacts(
    @Nullable Driver driver,
    @Nullable String excluded,
    Footprint footprint,
    DkmsState dkms,
    Supply supply) {
  /** Whether the driver was ever in use on this host. */
  public enum Footprint {
    NEVER_USED,
    USED_BEFORE
  }

  /** What dkms can do for a driver. */
  public enum DkmsState {
    NOT_INSTALLED,
    NOT_REGISTERED,
    REGISTERED
  }

  /** Where a driver's modules can come from. */
  public enum Supply {
    /** Its source is on this host. */
    SOURCE,
    /** Its source is not; packages have modules of that version: {@code <driver>-kmod-common}. */
    PACKAGES,
    /** Its source is on this host, and packages have modules of that version. */
    BOTH;

    public boolean hasSource() {
      return this != PACKAGES;
    }

    public boolean hasPackages() {
      return this != SOURCE;
    }
  }

  /** The modules that the driver provides; none without a source. */
  public List<String> modules() {
    return driver == null ? List.of() : driver.modules();
  }
}
