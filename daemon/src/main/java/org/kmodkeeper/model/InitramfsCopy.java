package org.kmodkeeper.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel's initramfs holds of one module, against the module's file in the kernel's tree.
 *
 * @param image the initramfs, or null if the kernel has none
 * @param detail one line for people: which copy differs, or why the image cannot be read; null if
 *     all is well
 */
public record InitramfsCopy(Match match, @Nullable Path image, @Nullable String detail) {
  /** How the image's copy of a module and the module's file relate. */
  public enum Match {
    /** The kernel has no initramfs. */
    NO_IMAGE,
    /** The initramfs contains no copy; the module is loaded from the kernel's tree. */
    NO_COPY,
    /** The copy comes from the same build. */
    SAME_BUILD,
    /** The copy comes from another build, and is what the kernel loads first at boot. */
    OTHER_BUILD,
    /** It could not be found out. */
    UNREADABLE
  }

  /** Whether the initramfs lets the file be loaded; false if that is not known. */
  public boolean fits() {
    return switch (match) {
      case NO_IMAGE, NO_COPY, SAME_BUILD -> true;
      case OTHER_BUILD, UNREADABLE -> false;
    };
  }
}
