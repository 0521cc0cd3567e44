package org.kmodkeeper.observe;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.KernelFacts.Toolchain;

/**
 * What all kernels and drivers share.
 *
 * @param missingTools programs that a build needs and that are not installed
 * @param toolchain where builds get their compiler from
 * @param signaturesEnforcedBy why every kernel of this host requires signatures, or null if none is
 *     known to
 * @param certificates those whose signatures the operator says the kernels accept
 * @param digest of the programs that builds use
 * @param key a digest of the certificate of dkms's own key, or null while there is none
 */
record HostFacts(
    List<String> missingTools,
    Toolchain toolchain,
    @Nullable String signaturesEnforcedBy,
    List<Path> certificates,
    String digest,
    @Nullable String key) {
  HostFacts {
    missingTools = List.copyOf(missingTools);
    certificates = List.copyOf(certificates);
  }
}
