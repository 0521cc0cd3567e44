package org.kmodkeeper.varlink;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import jnr.unixsocket.UnixSocketChannel;

/**
 * The connections that are being served, within their limits.
 *
 * <p>No user can keep the others out, and all of them together cannot keep root out: a user of user
 * namespaces has many user ids.
 */
final class Connections {
  private static final int ROOT = 0;

  private final Limits limits;
  private final Map<UnixSocketChannel, Integer> open = new HashMap<>();

  Connections(Limits limits) {
    this.limits = limits;
  }

  /** Adds a connection; returns the limit that forbids it, or nothing if it is added. */
  synchronized OptionalInt admit(UnixSocketChannel channel, int uid) {
    long own = open.values().stream().filter(other -> other == uid).count();
    long users = open.values().stream().filter(other -> other != ROOT).count();
    int forUsers = limits.connections() - limits.connectionsForRoot();
    if (open.size() >= limits.connections()) {
      return OptionalInt.of(limits.connections());
    }
    if (uid != ROOT && own >= limits.connectionsOfUser()) {
      return OptionalInt.of(limits.connectionsOfUser());
    }
    if (uid != ROOT && users >= forUsers) {
      return OptionalInt.of(forUsers);
    }
    open.put(channel, uid);
    return OptionalInt.empty();
  }

  synchronized void remove(UnixSocketChannel channel) {
    open.remove(channel);
    notifyAll();
  }

  /** Returns when all are gone, or after this time. */
  synchronized void awaitNone(Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    long left = longest.toMillis();
    while (!open.isEmpty() && left > 0) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
  }

  /** Hangs up on all who are there. */
  synchronized void closeAll() throws IOException {
    for (UnixSocketChannel channel : open.keySet()) {
      channel.close();
    }
  }
}
