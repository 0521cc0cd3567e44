package org.kmodkeeper.boot;

import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.model.Kernel;

/**
 * How the boot loader stands.
 *
 * @param loader its name, or null if it is none that is known here
 * @param usual the kernel that boots by default, or null if that is not known
 * @param once the kernel that boots the next time only, or null if there is no such wish
 * @param wanted the kernel that the default comes back to, or null without a hold
 * @param since when the hold began, in seconds since 1970; 0 without one
 * @param lack why the kernel that boots next cannot boot, ready or not, and what to do; or null
 * @param trouble what an operator should know, in one line, or null
 */
public record GuardStatus(
    GuardMode mode,
    @Nullable String loader,
    @Nullable Kernel usual,
    @Nullable Kernel once,
    @Nullable Kernel wanted,
    long since,
    @Nullable String lack,
    @Nullable String trouble) {
  /** The kernel that boots next, or null if that is not known. */
  public @Nullable Kernel next() {
    return once == null ? usual : once;
  }
}
