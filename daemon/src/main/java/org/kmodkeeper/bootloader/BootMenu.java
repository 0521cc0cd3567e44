package org.kmodkeeper.bootloader;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/**
 * What a boot loader would do, as it is set now.
 *
 * @param entries in the order of its menu
 * @param setting what its default is set to, in its own words; empty if it is not set
 * @param usual the entry that it boots by that setting, or null if it has none
 * @param once the entry that it boots the next time only, or null if there is no such wish
 * @param obstacle why its default cannot be moved, or null if it can
 */
public record BootMenu(
    List<BootEntry> entries,
    String setting,
    @Nullable BootEntry usual,
    @Nullable BootEntry once,
    @Nullable String obstacle) {
  public BootMenu {
    entries = List.copyOf(entries);
  }

  /** The first entry that boots that kernel. */
  public Optional<BootEntry> entry(Kernel kernel) {
    return entries.stream().filter(entry -> kernel.equals(entry.kernel())).findFirst();
  }

  /** The kernel that boots by default, if the entry is one of a kernel. */
  public Optional<Kernel> defaultKernel() {
    return Optional.ofNullable(usual).map(BootEntry::kernel);
  }

  /** The kernel that boots next: the one for once, else the default. */
  public Optional<Kernel> nextKernel() {
    return once == null ? defaultKernel() : Optional.ofNullable(once.kernel());
  }
}
