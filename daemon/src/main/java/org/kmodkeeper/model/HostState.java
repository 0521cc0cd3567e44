package org.kmodkeeper.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole status: a row for each installed kernel, newest first.
 *
 * @param nextBoot the kernel that the boot loader boots next, or null if that is not known
 * @param busy whether something is being done now, or is about to be
 * @param activity what is being done, or null
 */
public record HostState(
    List<KernelState> kernels, @Nullable Kernel nextBoot, Busy busy, @Nullable Activity activity) {
  /** Whether it pays to wait. */
  public enum Busy {
    /** Work is going on, or will begin by itself at once. */
    WORKING,
    /** Nothing will change unless an input does or a retry comes due. */
    SETTLED
  }

  public HostState {
    kernels = List.copyOf(kernels);
  }

  /** Whether every kernel is bootable. */
  public boolean bootable() {
    return kernels.stream().allMatch(KernelState::bootable);
  }
}
