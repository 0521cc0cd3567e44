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
}
