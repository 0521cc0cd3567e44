package org.kmodkeeper.model;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all drivers share on one kernel.
 *
 * @param access whether a remedy can change its tree
 * @param headers where its headers are, or null if no build can use them
 * @param missingTools programs that a build needs and that are not installed
 * @param toolchain where a build gets both from
 * @param vermagic what the kernel asks of its modules, or null if that is not known
 * @param symvers the list of the kernel's symbols, or null if there is none
 * @param signatures what it requires of signatures, or null if it requires none
 */
public record KernelFacts(
    Kernel kernel,
    Access access,
    @Nullable Path headers,
    List<String> missingTools,
    Toolchain toolchain,
    @Nullable String vermagic,
    @Nullable Path symvers,
    @Nullable SignatureRule signatures) {
  private static final String MODVERSIONS = "modversions";

  public KernelFacts {
    missingTools = List.copyOf(missingTools);
  }

  /**
   * That a kernel requires signatures.
   *
   * @param enforcedBy why it does
   * @param certificates those whose signatures the operator says it accepts
   */
  public record SignatureRule(String enforcedBy, List<Path> certificates) {
    public SignatureRule {
      certificates = List.copyOf(certificates);
    }
  }

  /** Where a build gets a compiler and the kernel's headers from. */
  public enum Toolchain {
    /** They are installed. */
    HOST,
    /** They are in a directory of their own, for as long as builds take. */
    DISPOSABLE
  }

  /** Whether a build lacks nothing that has to be installed first. */
  public boolean canBuild() {
    return toolchain == Toolchain.DISPOSABLE || (headers != null && missingTools.isEmpty());
  }

  /** Whether a kernel's tree can be changed. */
  public enum Access {
    WRITABLE,
    /** Its file system is mounted read-only. */
    READ_ONLY,
    /** So it is by design: the host's system is an image, which is changed where it is made. */
    PART_OF_IMAGE
  }

  /**
   * Whether the kernel accepts a module's vermagic: same_magic in kernel/module/version.c. With
   * CONFIG_MODVERSIONS the release does not count; the symbols' CRCs say more.
   */
  public boolean accepts(String ofModule) {
    if (vermagic == null) {
      return release(ofModule).equals(kernel.release());
    }
    if (vermagic.strip().equals(ofModule.strip())) {
      return true;
    }
    return vermagic.contains(MODVERSIONS)
        && ofModule.contains(MODVERSIONS)
        && vermagic
            .strip()
            .substring(release(vermagic).length())
            .equals(ofModule.strip().substring(release(ofModule).length()));
  }

  private static String release(String magic) {
    return magic.strip().split(" ", 2)[0];
  }
}
