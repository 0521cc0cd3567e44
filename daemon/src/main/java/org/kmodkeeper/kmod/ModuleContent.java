package org.kmodkeeper.kmod;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a module file holds that decides whether a kernel takes it.
 *
 * @param version MODULE_VERSION, or null
 * @param needs the symbols that it takes from kernel and other modules; each with its CRC, or
 *     {@link #NO_CRC} where it was built without CONFIG_MODVERSIONS
 * @param exports the symbols that it offers to other modules, likewise
 * @param signed whether a signature is appended
 * @param origin whether it was built with the kernel, as the kernel's build notes in it
 */
public record ModuleContent(
    String name,
    @Nullable String version,
    String vermagic,
    List<Symbol> needs,
    Map<String, Long> exports,
    boolean signed,
    Origin origin) {
  /** Stands for the CRC of a symbol that has none. */
  public static final long NO_CRC = -1;

  /** Where a module was built: modpost notes {@code intree=Y} in the kernel's own. */
  public enum Origin {
    KERNEL,
    OUT_OF_TREE
  }

  /** One symbol with its CRC. */
  public record Symbol(String name, long crc) {}

  public ModuleContent {
    needs = List.copyOf(needs);
    exports = Map.copyOf(exports);
  }
}
