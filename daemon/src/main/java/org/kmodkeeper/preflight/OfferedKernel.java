package org.kmodkeeper.preflight;

import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.OfferedPackage;
import org.kmodkeeper.model.Kernel;

/**
 * A kernel that an enabled repository has.
 *
 * @param symbols those that its packages say they provide, with their CRCs; empty if they do not
 *     say
 * @param headers the package of its headers, or null if none has them
 */
public record OfferedKernel(
    Kernel kernel, Map<String, Long> symbols, @Nullable OfferedPackage headers) {
  public OfferedKernel {
    symbols = Collections.unmodifiableMap(symbols);
  }
}
