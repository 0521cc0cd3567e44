package org.kmodkeeper.guard;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/**
 * What the guard knows from before.
 *
 * @param kernels the installed kernels' releases, each with the time when it was first seen, in
 *     seconds since 1970; empty before the first look
 * @param setting what the boot loader was set to when it was last looked at
 * @param operators what the operator chose last, or null if they never did
 * @param released the release that the operator had set free although it is not bootable, or null
 * @param hold the move that is in force, or null
 */
record Memory(
    Map<String, Long> kernels,
    String setting,
    @Nullable Choice operators,
    @Nullable String released,
    @Nullable Hold hold) {
  static final Memory NONE = new Memory(Map.of(), "", null, null, null);

  /** A setting, and the kernel that it meant then; {@code 0} means another one later. */
  record Choice(String setting, Kernel kernel) {}

  Memory {
    kernels = Map.copyOf(kernels);
  }

  /** When the kernel was first seen; a kernel never seen before counts as seen now. */
  long firstSeen(Kernel kernel, long now) {
    return Optional.ofNullable(kernels.get(kernel.release())).orElse(now);
  }

  Memory with(@Nullable Hold newHold) {
    return new Memory(kernels, setting, operators, released, newHold);
  }

  Memory seen(Map<String, Long> nowInstalled, String nowSet) {
    return new Memory(nowInstalled, nowSet, operators, released, hold);
  }

  Memory chosenByOperator(Choice theirs) {
    return new Memory(kernels, setting, theirs, released, null);
  }

  Memory released(Kernel kernel) {
    return new Memory(kernels, setting, operators, kernel.release(), null);
  }
}
