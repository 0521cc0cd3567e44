package org.kmodkeeper.boot;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/**
 * Of several entries of one kernel, the one that boots it as usual comes first.
 *
 * <p>Operators copy entries, to boot into single user mode for instance: {@code grubby --add-kernel
 * --copy-default} calls them {@code <id>~custom}.
 */
final class EntryPreference implements Comparator<BootEntry> {
  private final Kernel kernel;
  private final @Nullable BootEntry model;

  /**
   * @param model an entry of another kernel, whose counterpart is wanted; or null
   */
  EntryPreference(Kernel kernel, @Nullable BootEntry model) {
    this.kernel = kernel;
    this.model = model;
  }

  @Override
  public int compare(BootEntry one, BootEntry other) {
    return Comparator.comparing((BootEntry entry) -> !entry.id().endsWith("-" + kernel))
        .thenComparing(entry -> entry.id().contains("~"))
        .thenComparing(entry -> !isCounterpart(entry))
        .thenComparingLong(this::optionsOfItsOwn)
        .compare(one, other);
  }

  private boolean isCounterpart(BootEntry entry) {
    @Nullable Kernel its = model == null ? null : model.kernel();
    return model != null
        && its != null
        && (entry.id().equals(model.id().replace(its.release(), kernel.release()))
            || entry.title().equals(model.title().replace(its.release(), kernel.release())));
  }

  /** How many options it has that the model has not. */
  private long optionsOfItsOwn(BootEntry entry) {
    Set<String> own = new HashSet<>(Arrays.asList(entry.options().split("\\s+")));
    own.removeAll(Arrays.asList((model == null ? "" : model.options()).split("\\s+")));
    return own.size();
  }
}
