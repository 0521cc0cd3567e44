package org.kmodkeeper.model;

import java.util.List;

/** One row of the status: a kernel with the state of each driver. */
public record KernelState(Kernel kernel, Presence presence, List<DriverState> drivers) {
  /** Whether the kernel runs now. */
  public enum Presence {
    RUNNING,
    INSTALLED
  }

  public KernelState {
    drivers = List.copyOf(drivers);
  }

  /** Whether every required driver is ready for it. */
  public boolean bootable() {
    return drivers.stream().allMatch(DriverState::bootable);
  }

  /** The same with one driver's state replaced, if it is one of this kernel. */
  KernelState with(DriverState cell) {
    DriverOnKernel at = DriverOnKernel.of(cell);
    return new KernelState(
        kernel,
        presence,
        drivers.stream().map(known -> DriverOnKernel.of(known).equals(at) ? cell : known).toList());
  }

  /** Whether a remedy is to be applied now. */
  public boolean hasWork() {
    return drivers.stream().anyMatch(state -> state.plan() instanceof Plan.Apply);
  }
}
