package org.kmodkeeper.boot;

import org.kmodkeeper.model.Kernel;

/** What the guard does next. */
sealed interface Decision {
  /** All is well, or there is nothing that may be done; a hold that is not in force is over. */
  record Rest() implements Decision {}

  /**
   * The hold stays in force.
   *
   * @param hold with the reason as it is now
   */
  record Keep(Hold hold) implements Decision {}

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
   * The kernel that was meant has been erased: the one that stands in for it stays.
   *
   * @param kernel what boots by default
   */
  record Settle(Kernel kernel) implements Decision {}

  /**
   * The operator chose this default; the guard keeps its hands off it.
   *
   * @param warning what to say, or empty if that kernel is bootable
   */
  record LeaveToOperator(GuardState.OperatorChoice choice, String warning) implements Decision {}

  /** Nothing is changed, and a warning is given. */
  record Warn(String warning) implements Decision {}
}
