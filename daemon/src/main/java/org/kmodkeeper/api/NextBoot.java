package org.kmodkeeper.api;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.boot.GuardStatus;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.reconcile.StatusReader;

/**
 * What boots next, as it travels over the socket; the fields are explained in the interface file.
 */
public record NextBoot(
    GuardMode guard,
    @Nullable String loader,
    @Nullable Kernel kernel,
    @Nullable Kernel once,
    @Nullable Kernel heldFor,
    @Nullable Instant heldSince,
    boolean transaction,
    @Nullable String lack,
    @Nullable String trouble) {
  static NextBoot of(StatusReader reader) throws IOException, InterruptedException {
    GuardStatus state = reader.guardStatus();
    return new NextBoot(
        reader.guardMode(),
        state.loader(),
        state.usual(),
        state.once(),
        state.wanted(),
        state.since(),
        reader.isInTransaction(),
        state.lack(),
        state.trouble());
  }

  /** The kernel that boots next, or null if that is not known. */
  public @Nullable Kernel next() {
    return once == null ? kernel : once;
  }
}
