package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;

/**
 * How many remedies run side by side: as many as the operator says, else as processors and memory
 * allow.
 */
final class BuildLimit {
  /** What a large driver's build takes with a compiler on each processor. */
  private static final long KIBIBYTES_A_BUILD = 1 << 20;

  /** make uses all processors itself: more builds only fill its pauses, and the host's memory. */
  private static final int MAX_BUILDS = 4;

  private BuildLimit() {}

  static int of(Settings settings, HostPaths paths) {
    if (settings.builds() != null) {
      return settings.builds();
    }
    long fit = available(paths.processes().resolve("meminfo")) / KIBIBYTES_A_BUILD;
    int processors = Runtime.getRuntime().availableProcessors();
    return (int) Math.max(1, Math.min(fit, Math.min(processors, MAX_BUILDS)));
  }

  /** Linux counts what it can reclaim as available: proc(5). */
  private static long available(Path file) {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.startsWith("MemAvailable:"))
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0L);
    } catch (IOException | NumberFormatException unknown) {
      // One at a time needs least.
      return 0;
    }
  }
}
