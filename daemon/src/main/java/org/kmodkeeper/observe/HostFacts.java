package org.kmodkeeper.observe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What all kernels and drivers share.
 *
 * @param missingTools programs that a build needs and that are not installed
 * @param signaturesEnforcedBy why every kernel of this host requires signatures, if they all do
 * @param certificates those whose signatures the operator says the kernels accept
 * @param digest of the programs that builds use
 * @param key a digest of the certificate of dkms's own key; empty while there is none
 */
public record HostFacts(
    List<String> missingTools,
    Optional<String> signaturesEnforcedBy,
    List<Path> certificates,
    String digest,
    String key) {
  public HostFacts {
    missingTools = List.copyOf(missingTools);
    certificates = List.copyOf(certificates);
  }
}
