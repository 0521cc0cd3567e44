package org.kmodkeeper.model;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a module file fits its kernel, beyond its vermagic.
 *
 * @param symvers the list of the kernel's symbols that it was compared with, or null if there is
 *     none
 * @param compared how many symbols were compared
 * @param symbolTroubles the symbols that differ or are missing, each with expected and found
 * @param dependencies the files that have to be loaded before it
 * @param missingDependencies those of them that are not there, or that modprobe does not know of
 * @param signature whether the kernel accepts its signature
 * @param signer who signed it, or why it must be signed; for people
 */
public record Fit(
    @Nullable Path symvers,
    int compared,
    List<String> symbolTroubles,
    List<Path> dependencies,
    List<Path> missingDependencies,
    Signature signature,
    String signer) {
  /** Whether a kernel accepts a module's signature. */
  public enum Signature {
    /** The kernel does not insist on one. */
    NOT_NEEDED,
    /** It is by a key that the kernel accepts. */
    ACCEPTED,
    /** The kernel requires one, and there is none. */
    ABSENT,
    /** The kernel requires one, and is not known to accept the key of this one. */
    UNKNOWN_KEY,
    /** It is by a key that is not accepted before somebody confirms it at the next boot. */
    NOT_YET_ENROLLED,
    /** Its key is enrolled, and the kernel takes only certificate authorities for modules. */
    NOT_A_CA,
    /** Its key is enrolled, and shim tells the kernel not to trust such keys. */
    LIST_NOT_TRUSTED,
    /** Its key is on one of the firmware's or shim's lists of those that are not to be trusted. */
    REVOKED,
    /** The kernel requires one, and the module was changed after it was signed. */
    BROKEN;

    /** Whether the kernel takes a module with it. */
    public boolean isAccepted() {
      return this == NOT_NEEDED || this == ACCEPTED;
    }
  }

  public Fit {
    symbolTroubles = List.copyOf(symbolTroubles);
    dependencies = List.copyOf(dependencies);
    missingDependencies = List.copyOf(missingDependencies);
  }
}
