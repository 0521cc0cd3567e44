package org.kmodkeeper.preflight;

import java.util.Map;
import org.kmodkeeper.model.Kernel;

/**
 * A kernel that an enabled repository has.
 *
 * @param symbols those that its packages say they provide, with their CRCs; empty if they do not
 *     say
 */
public record OfferedKernel(Kernel kernel, Map<String, Long> symbols) {
  public OfferedKernel {
    symbols = Map.copyOf(symbols);
  }
}
