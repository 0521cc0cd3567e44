package org.kmodkeeper.preflight;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Completed;

/**
 * The kernels that the enabled repositories offer, read from their metadata: nothing is downloaded
 * but that.
 *
 * <p>The packages of a kernel provide {@code kernel-uname-r = RELEASE} and, where they were made by
 * EL's kernel-srpm-macros, {@code kernel(SYMBOL) = 0xCRC} for each symbol.
 */
public final class OfferedKernels {
  /** Of the image, and of the packages that have more modules of the same kernel. */
  private static final List<String> CAPABILITIES =
      List.of("kernel-uname-r", "kernel-modules-uname-r", "kernel-modules-core-uname-r");

  private static final String PACKAGE = "@ ";

  private static final Pattern RELEASE =
      Pattern.compile("kernel-(modules-|modules-core-)?uname-r = (\\S+)");

  private static final Pattern SYMBOL =
      Pattern.compile("kernel\\(([A-Za-z0-9_.]+)\\) = 0x([0-9a-f]{8})");

  private final PackageManager packages;

  public OfferedKernels(PackageManager packages) {
    this.packages = packages;
  }

  /**
   * Asks the package manager, newest first.
   *
   * @throws IOException if it cannot tell; the message has its own words
   */
  public List<OfferedKernel> list(Predicate<Kernel> wanted)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("kmodkeeper-repoquery", ".txt");
    try {
      Completed asked = packages.provides(CAPABILITIES, PACKAGE, output);
      if (!asked.succeeded()) {
        throw new IOException(
            "cannot read which kernels the repositories offer: "
                + new BuildLog(output).lastLine().orElse(asked.ending().toString()));
      }
      try (Stream<String> lines = Files.lines(output, StandardCharsets.ISO_8859_1)) {
        return read(lines.iterator(), wanted);
      }
    } finally {
      Files.delete(output);
    }
  }

  /** Reads what a package provides, one a line, after a line for each package. */
  static List<OfferedKernel> read(Iterator<String> lines, Predicate<Kernel> wanted) {
    // A thousand symbols of one kernel are those of the next.
    Map<String, String> names = new HashMap<>();
    Map<String, Map<String, Long>> symbols = new HashMap<>();
    Set<String> bootable = new HashSet<>();
    String release = "";
    Map<String, Long> provided = new HashMap<>();
    while (lines.hasNext()) {
      String line = lines.next();
      Matcher named = RELEASE.matcher(line);
      Matcher symbol = SYMBOL.matcher(line);
      if (line.startsWith(PACKAGE)) {
        keep(symbols, release, provided, wanted);
        release = "";
        provided = new HashMap<>();
      } else if (symbol.matches()) {
        String name = names.computeIfAbsent(symbol.group(1), first -> first);
        provided.put(name, Long.parseLong(symbol.group(2), 16));
      } else if (named.matches()) {
        release = release(named.group(2));
        if (named.group(1) == null) {
          bootable.add(release);
        }
      }
    }
    keep(symbols, release, provided, wanted);
    return bootable.stream()
        .filter(symbols::containsKey)
        .map(one -> new OfferedKernel(new Kernel(one), symbols.getOrDefault(one, Map.of())))
        .sorted(Comparator.comparing(OfferedKernel::kernel).reversed())
        .toList();
  }

  /** Of a host's sixty kernels, few are wanted; all their symbols would not fit into memory. */
  private static void keep(
      Map<String, Map<String, Long>> symbols,
      String release,
      Map<String, Long> provided,
      Predicate<Kernel> wanted) {
    if (Kernel.isRelease(release) && wanted.test(new Kernel(release))) {
      symbols.computeIfAbsent(release, first -> new HashMap<>()).putAll(provided);
    }
  }

  /** A variant's {@code -} is written {@code _} there, which no variant's own name has. */
  private static String release(String provided) {
    int variant = provided.indexOf('+');
    return variant < 0
        ? provided
        : provided.substring(0, variant) + provided.substring(variant).replace('_', '-');
  }
}
