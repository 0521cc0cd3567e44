package org.kmodkeeper.boot;

import org.kmodkeeper.model.Kernel;

/**
 * A default that was moved to another kernel until the one that was meant is bootable.
 *
 * @param wanted the kernel that the package update had made the default
 * @param before what the boot loader was set to before
 * @param held the kernel that boots instead
 * @param setting what the boot loader is set to now
 * @param since when, in seconds since 1970
 * @param why the wanted kernel is not bootable, in one line
 * @param stage whether the boot loader is known to have taken it
 */
record Hold(
    Kernel wanted,
    String before,
    Kernel held,
    String setting,
    long since,
    String why,
    Stage stage) {
  /** Recorded before the boot loader is touched, so that a crash in between is seen. */
  enum Stage {
    INTENDED,
    DONE
  }

  Hold done() {
    return new Hold(wanted, before, held, setting, since, why, Stage.DONE);
  }

  Hold because(String reason) {
    return new Hold(wanted, before, held, setting, since, reason, stage);
  }
}
