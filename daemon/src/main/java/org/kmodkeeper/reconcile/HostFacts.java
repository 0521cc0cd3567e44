package org.kmodkeeper.reconcile;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What all kernels and drivers share.
 *
 * @param missingTools programs that a build needs and that are not installed
 * @param signatureDemand why every kernel of this host insists on signatures, if they all do
 * @param certificates those whose signatures the operator says the kernels accept
 * @param digest of the programs and keys that builds use
 */
record HostFacts(
    List<String> missingTools,
    Optional<String> signatureDemand,
    List<Path> certificates,
    String digest) {
  HostFacts {
    missingTools = List.copyOf(missingTools);
    certificates = List.copyOf(certificates);
  }
}
