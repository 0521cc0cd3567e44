package org.kmodkeeper.observe;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation.Access;

/**
 * What all drivers share on one kernel.
 *
 * @param access whether its tree can be changed
 * @param headers where the headers are, or null if no build can use them
 * @param vermagic what the kernel asks of its modules; empty if it is not known
 * @param symvers the list of the kernel's symbols, if there is one
 * @param signaturesEnforcedBy why the kernel requires signatures, if it does
 */
public record KernelFacts(
    Kernel kernel,
    Access access,
    @Nullable Path headers,
    String vermagic,
    Optional<Path> symvers,
    Optional<String> signaturesEnforcedBy) {
  private static final String MODVERSIONS = "modversions";

  /**
   * Whether the kernel accepts a module's vermagic: same_magic in kernel/module/version.c. With
   * CONFIG_MODVERSIONS the release does not count; the symbols' CRCs say more.
   */
  public boolean accepts(String ofModule) {
    if (vermagic.isEmpty()) {
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
