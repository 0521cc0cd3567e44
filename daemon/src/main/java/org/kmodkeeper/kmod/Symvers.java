package org.kmodkeeper.kmod;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.BoundedLineReader;
import org.kmodkeeper.compress.DamagedModuleException;
import org.kmodkeeper.compress.Decompressor;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;

/**
 * The symbols that a kernel and its own modules offer, with their CRCs: {@code Module.symvers} of
 * the headers, or {@code symvers.gz} of the kernel itself.
 *
 * <p>Such a file has some 25,000 lines, and a host many kernels: only what was asked for is kept.
 */
public final class Symvers {
  private final HostPaths paths;

  /** What the list names as the module of a symbol that the kernel's image itself offers. */
  private static final String IMAGE = "vmlinux";

  /**
   * One symbol that a kernel offers.
   *
   * @param crc its CRC; {@link ModuleContent#NO_CRC} where the kernel was built without
   *     CONFIG_MODVERSIONS
   * @param module the kernel's own module that offers it, as its path below {@code kernel/} without
   *     an ending; empty for the kernel's image
   */
  public record Offer(long crc, String module) {}

  public Symvers(HostPaths paths) {
    this.paths = paths;
  }

  /** The kernel's list of symbols, if it has one. */
  public Optional<Path> find(Kernel kernel) {
    Path tree = paths.tree(kernel);
    Path boot = paths.boot();
    String name = "symvers-" + kernel.release();
    // The kernel's own list first: headers can be replaced or changed without it.
    return Stream.of(
            tree.resolve("symvers.gz"),
            tree.resolve("symvers.xz"),
            tree.resolve("symvers.zst"),
            boot.resolve(name + ".gz"),
            boot.resolve(name + ".xz"),
            boot.resolve(name + ".zst"),
            tree.resolve("build/Module.symvers"))
        .filter(Files::exists)
        .findFirst();
  }

  /**
   * Those of the symbols that the list has.
   *
   * @throws IOException if the list cannot be read
   */
  public static Map<String, Offer> look(Path list, Set<String> symbols) throws IOException {
    try {
      // As a crash right after the kernel's installation leaves it; it would offer nothing.
      if (!symbols.isEmpty() && Files.size(list) == 0) {
        throw new DamagedModuleException("is empty");
      }
      return Decompressor.read(list, plain -> read(plain, symbols));
    } catch (DamagedModuleException damaged) {
      throw new IOException(
          list + " is damaged: it " + damaged.getMessage() + "; reinstall the package that owns it",
          damaged);
    }
  }

  /** The CRCs of those of the symbols that the list has. */
  public static Map<String, Long> crcs(Path list, Set<String> symbols) throws IOException {
    Map<String, Long> crcs = new HashMap<>();
    look(list, symbols).forEach((symbol, offer) -> crcs.put(symbol, offer.crc()));
    return crcs;
  }

  /** Lines of {@code <crc> TAB <symbol> TAB <module> TAB <export type> [TAB <namespace>]}. */
  static Map<String, Offer> read(InputStream plain, Set<String> symbols) throws IOException {
    Map<String, Offer> found = new HashMap<>();
    var lines = new BoundedLineReader(plain);
    @Nullable String line = lines.next();
    while (line != null && found.size() < symbols.size()) {
      int tab = line.indexOf('\t');
      int end = line.indexOf('\t', tab + 1);
      String symbol = line.substring(tab + 1, Math.max(tab + 1, end));
      if (tab > 2 && symbols.contains(symbol)) {
        String module = module(line, end + 1);
        crc(line.substring(0, tab)).ifPresent(crc -> found.put(symbol, new Offer(crc, module)));
      }
      line = lines.next();
    }
    return Map.copyOf(found);
  }

  private static String module(String line, int from) {
    int end = line.indexOf('\t', from);
    String module = line.substring(from, end < 0 ? line.length() : end);
    // What is not a path below kernel/ cannot be checked; the CRC is compared all the same.
    boolean known = !module.equals(IMAGE) && !module.startsWith("/") && HostPaths.isPath(module);
    return known ? module.intern() : "";
  }

  /** All zeros stand for a symbol without a CRC; what is corrupt counts as not exported. */
  private static Optional<Long> crc(String number) {
    if (!number.startsWith("0x")) {
      return Optional.empty();
    }
    try {
      long crc = Integer.toUnsignedLong(HexFormat.fromHexDigits(number, 2, number.length()));
      return Optional.of(crc == 0 ? ModuleContent.NO_CRC : crc);
    } catch (IllegalArgumentException garbled) {
      return Optional.empty();
    }
  }
}
