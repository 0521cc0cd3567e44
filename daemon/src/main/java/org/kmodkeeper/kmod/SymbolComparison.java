package org.kmodkeeper.kmod;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the symbols that a module needs with those that are offered, as the kernel does. */
public final class SymbolComparison {
  private SymbolComparison() {}

  /** The symbols of a kernel. */
  public interface Offered {
    /** The CRCs of those of these names that it offers. */
    Map<String, Long> crcs(Set<String> names) throws IOException;
  }

  /** What modules need that are loaded together and that none of them offers to the others. */
  public static List<ModuleContent.Symbol> needed(Collection<ModuleContent> modules) {
    Set<String> own = new HashSet<>();
    modules.forEach(module -> own.addAll(module.exports().keySet()));
    return modules.stream()
        .flatMap(module -> module.needs().stream())
        .filter(symbol -> !own.contains(symbol.name()))
        .toList();
  }

  /**
   * What differs, one line for each symbol: {@code netif_rx has CRC 0x1234abcd, expected
   * 0x00c0ffee}.
   *
   * @param offered CRCs by symbol
   */
  public static List<String> differences(
      List<ModuleContent.Symbol> needs, Map<String, Long> offered) {
    List<String> differences = new ArrayList<>();
    for (ModuleContent.Symbol symbol : needs) {
      difference(symbol, offered.get(symbol.name())).ifPresent(differences::add);
    }
    return differences;
  }

  /** The first of the {@link #differences}; empty if there are none. */
  public static Optional<String> firstDifference(List<ModuleContent.Symbol> needs, Offered offered)
      throws IOException {
    return differences(needs, offered.crcs(names(needs))).stream().findFirst();
  }

  /** What the symbols are called. */
  public static Set<String> names(List<ModuleContent.Symbol> needs) {
    Set<String> names = new HashSet<>();
    needs.forEach(symbol -> names.add(symbol.name()));
    return names;
  }

  private static Optional<String> difference(ModuleContent.Symbol symbol, @Nullable Long offered) {
    if (offered == null) {
      return Optional.of(symbol.name() + " is not exported");
    }
    if (offered == ModuleContent.NO_CRC || offered == symbol.crc()) {
      return Optional.empty();
    }
    return symbol.crc() == ModuleContent.NO_CRC
        ? Optional.of(symbol.name() + " has no CRC, expected " + hex(offered))
        : Optional.of(
            symbol.name() + " has CRC " + hex(symbol.crc()) + ", expected " + hex(offered));
  }

  /** As in Module.symvers: {@code 0x00c0ffee}. */
  public static String hex(long crc) {
    return String.format("0x%08x", crc);
  }
}
