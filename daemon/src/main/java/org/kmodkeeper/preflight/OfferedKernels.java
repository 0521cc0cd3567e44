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
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.host.OfferedPackage;
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
final class OfferedKernels {
  /**
   * Of the image, of the packages that have more modules of the same kernel, and of its headers. A
   * variant's name may stand in it: {@code kernel-rt-modules-core-uname-r}. Oracle's UEK has {@code
   * kernel-uek-uname-r}, and no other for its image.
   */
  private static final String CAPABILITIES = "kernel*-uname-r";

  private static final String MARK = "@ ";

  private static final Pattern PACKAGE = Pattern.compile("@ (\\S+) (\\S+)");

  private static final Pattern RELEASE = Pattern.compile("kernel-(?:(\\S+)-)?uname-r = (\\S+)");

  /** What tells Oracle's kernels from others, such as {@code uek} and {@code ueknext}. */
  private static final Pattern ORACLES = Pattern.compile("\\.el\\d+(uek\\w*)\\.");

  private static final Pattern SYMBOL =
      Pattern.compile("kernel\\(([A-Za-z0-9_.]+)\\) = 0x([0-9a-f]{8})");

  private final PackageManager packages;
  private final KernelInventory inventory;

  OfferedKernels(PackageManager packages, KernelInventory inventory) {
    this.packages = packages;
    this.inventory = inventory;
  }

  /**
   * What is offered.
   *
   * @param kernels those that are wanted, newest first
   * @param all of them
   */
  record Offers(List<OfferedKernel> kernels, Set<Kernel> all) {
    static final Offers NONE = new Offers(List.of(), Set.of());
  }

  /**
   * Asks the package manager, newest first.
   *
   * @param release of one of them, or null for all that are not installed, are a variant that is,
   *     and are newer than the running one or, if that is not installed, than all that are
   * @throws IOException if it cannot tell; the message has its own words
   */
  Offers list(@Nullable String release) throws IOException, InterruptedException {
    List<Kernel> installed = inventory.installed();
    // In a container the running kernel is the host's, and says nothing.
    @Nullable Kernel running =
        inventory
            .running()
            .filter(installed::contains)
            .or(() -> installed.stream().findFirst())
            .orElse(null);
    Set<String> kinds = installed.stream().map(OfferedKernels::kind).collect(Collectors.toSet());
    return list(
        kernel ->
            release == null
                ? !installed.contains(kernel)
                    && (running == null || kernel.compareTo(running) > 0)
                    && kinds.contains(kind(kernel))
                : kernel.release().equals(release));
  }

  /** An update installs no variant that the host does not have. */
  private static String kind(Kernel kernel) {
    Matcher oracles = ORACLES.matcher(kernel.release());
    return (oracles.find() ? oracles.group(1) : "") + kernel.variant();
  }

  private Offers list(Predicate<Kernel> wanted) throws IOException, InterruptedException {
    Path output = Files.createTempFile("kmodkeeper-repoquery", ".txt");
    try {
      Completed asked = packages.provides(CAPABILITIES, MARK, output);
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
  static Offers read(Iterator<String> lines, Predicate<Kernel> wanted) {
    var reading = new Reading(wanted);
    while (lines.hasNext()) {
      reading.add(lines.next());
    }
    reading.end();
    List<OfferedKernel> kernels =
        reading.bootable.stream()
            .filter(reading.symbols::containsKey)
            .map(
                release ->
                    new OfferedKernel(
                        new Kernel(release),
                        Objects.requireNonNull(reading.symbols.get(release)),
                        reading.headers.get(release)))
            .sorted(Comparator.comparing(OfferedKernel::kernel).reversed())
            .toList();
    return new Offers(
        kernels,
        reading.bootable.stream()
            .filter(Kernel::isRelease)
            .map(Kernel::new)
            .collect(Collectors.toUnmodifiableSet()));
  }

  /** What the lines have said so far. */
  private static final class Reading {
    private final Predicate<Kernel> wanted;

    private final SymbolTable table = new SymbolTable();
    private final Map<String, SymbolTable.Column> symbols = new HashMap<>();
    private final Map<String, OfferedPackage> headers = new HashMap<>();
    private final Set<String> bootable = new HashSet<>();

    private @Nullable OfferedPackage current;
    private String release = "";
    private SymbolTable.Column provided = table.column();

    Reading(Predicate<Kernel> wanted) {
      this.wanted = wanted;
    }

    void add(String line) {
      Matcher symbol = SYMBOL.matcher(line);
      if (line.startsWith(MARK)) {
        end();
        Matcher named = PACKAGE.matcher(line);
        current = named.matches() ? new OfferedPackage(named.group(1), named.group(2)) : null;
      } else if (symbol.matches()) {
        provided.add(symbol.group(1), Integer.parseUnsignedInt(symbol.group(2), 16));
      } else {
        addRelease(RELEASE.matcher(line));
      }
    }

    private void addRelease(Matcher named) {
      if (named.matches()) {
        List<String> what = List.of(Objects.requireNonNullElse(named.group(1), "").split("-", -1));
        release = release(named.group(2));
        if (what.contains("devel")) {
          Optional.ofNullable(current).ifPresent(devel -> headers.put(release, devel));
        } else if (!what.contains("modules")) {
          bootable.add(release);
        }
      }
    }

    /** Ends a package. Of kernels that are not wanted, no CRC stays. */
    void end() {
      if (Kernel.isRelease(release) && wanted.test(new Kernel(release))) {
        symbols.computeIfAbsent(release, first -> table.column()).addAll(provided);
      }
      release = "";
      provided = table.column();
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
