package org.kmodkeeper.boot;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/**
 * What a boot loader would do, as it is set now.
 *
 * @param entries in the order of its menu
 * @param setting what its default is set to, in its own words; empty if it is not set
 * @param usual the entry that it boots by that setting, or null if it has none or it is not known
 * @param once the entry that it boots the next time only, or null if nobody asked for that
 * @param doubt why it is not known what boots next, or null if it is
 * @param obstacle why its default cannot be moved, or null if it can
 */
public record BootMenu(
    List<BootEntry> entries,
    String setting,
    @Nullable BootEntry usual,
    @Nullable BootEntry once,
    @Nullable String doubt,
    @Nullable String obstacle) {
  public BootMenu {
    entries = List.copyOf(entries);
  }

  /** All entries that boot that kernel. */
  public Stream<BootEntry> entries(Kernel kernel) {
    return entries.stream().filter(entry -> kernel.equals(entry.kernel()));
  }

  /**
   * The entry that is the kernel's own, and not one that an operator made of it, for single user
   * mode for instance: {@code grubby --add-kernel --copy-default} calls that {@code <id>~custom}.
   *
   * @param model the entry whose counterpart is wanted, or null
   */
  public Optional<BootEntry> entry(Kernel kernel, @Nullable BootEntry model) {
    return entries(kernel)
        .min(
            Comparator.comparing((BootEntry entry) -> !entry.id().endsWith("-" + kernel))
                .thenComparing(entry -> entry.id().contains("~"))
                .thenComparing(entry -> !isCounterpart(entry, kernel, model))
                .thenComparingLong(entry -> optionsOfItsOwn(entry, model)));
  }

  private static boolean isCounterpart(BootEntry entry, Kernel kernel, @Nullable BootEntry model) {
    @Nullable Kernel its = model == null ? null : model.kernel();
    return model != null
        && its != null
        && (entry.id().equals(model.id().replace(its.release(), kernel.release()))
            || entry.title().equals(model.title().replace(its.release(), kernel.release())));
  }

  /** How many options it has that the model has not. */
  private static long optionsOfItsOwn(BootEntry entry, @Nullable BootEntry model) {
    Set<String> own = new HashSet<>(Arrays.asList(entry.options().split("\\s+")));
    own.removeAll(Arrays.asList((model == null ? "" : model.options()).split("\\s+")));
    return own.size();
  }

  /** The entry by which the kernel boots: the default if that is for this kernel, else its own. */
  public Optional<BootEntry> usual(Kernel kernel) {
    return Stream.of(Optional.ofNullable(once), Optional.ofNullable(usual))
        .flatMap(Optional::stream)
        .filter(entry -> kernel.equals(entry.kernel()))
        .findFirst()
        .or(() -> entry(kernel, usual));
  }

  /** The kernel that boots by default, if the entry is one of a kernel. */
  public Optional<Kernel> defaultKernel() {
    return Optional.ofNullable(usual).map(BootEntry::kernel);
  }

  /** The kernel that boots next: the one for once, else the default. */
  public Optional<Kernel> nextKernel() {
    if (doubt != null) {
      return Optional.empty();
    }
    return once == null ? defaultKernel() : Optional.ofNullable(once.kernel());
  }
}
