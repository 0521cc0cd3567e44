package org.kmodkeeper.process;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import jnr.constants.platform.Signal;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/** A child that leads its own process group, so that all its descendants can be killed. */
final class ProcessGroup {
  /** How long the family has between SIGTERM and SIGKILL. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final Process leader;

  ProcessGroup(Process leader) {
    this.leader = leader;
  }

  /** Ends every process of the group; returns when the leader is gone. */
  void kill() {
    signal(Signal.SIGTERM);
    boolean interrupted = Thread.interrupted();
    try {
      leader.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException again) {
      interrupted = true;
    }
    signal(Signal.SIGKILL);
    leader.onExit().join();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void signal(Signal signal) {
    // The result is of no use: a group that is gone already is what we want.
    Posix.INSTANCE.kill(Math.toIntExact(-leader.pid()), signal.intValue());
  }

  /** Loaded at first use only: it takes longer than all the rest of the start-up. */
  private static final class Posix {
    static final POSIX INSTANCE = POSIXFactory.getNativePOSIX();
  }
}
