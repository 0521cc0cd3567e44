package org.kmodkeeper.guard;

import org.kmodkeeper.model.Kernel;

/** What the guard does next. */
sealed interface Decision {
  /** All is well, or there is nothing that may be done. */
  record Rest() implements Decision {}

  /**
   * The default is moved away from a kernel that is not bootable.
   *
   * @param hold what is in force then
   */
  record Move(Hold hold) implements Decision {}

  /**
   * The default goes to the kernel that was meant.
   *
   * @param setting what the boot loader is set to
   */
  record Release(Kernel kernel, String setting) implements Decision {}

  /**
   * The operator chose this default; the guard keeps its hands off it.
   *
   * @param warning what to say, or empty if that kernel is bootable
   */
  record LeaveToOperator(Memory.Choice choice, String warning) implements Decision {}

  /** The default is not bootable and stays so. */
  record Warn(String warning) implements Decision {}
}
