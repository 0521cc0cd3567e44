package org.kmodkeeper.reconcile;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.PreflightAnswer;

/** The newest state of the host, as the loop has published it; whoever waits is sent each one. */
public final class StatePublisher {
  private final List<Consumer<HostState>> listeners = new CopyOnWriteArrayList<>();
  private Published current = new Published(0, null, null, Loop.IDLE, null);

  /** Whether the loop is running, or was asked to look again. */
  public enum Loop {
    BUSY,
    IDLE
  }

  /**
   * What a pass went by, besides the host's kernels and drivers.
   *
   * @param at when it began or ended
   * @param offered what a preflight has answered
   * @param certificates files with certificates of signing keys, and when each of these ends
   */
  public record Outlook(
      Instant at,
      Settings settings,
      List<PreflightAnswer> offered,
      Map<Path, Instant> certificates) {
    public Outlook {
      offered = List.copyOf(offered);
      certificates = Map.copyOf(certificates);
    }
  }

  /**
   * What was published.
   *
   * @param version grows with each change
   * @param state null until the first pass has looked
   * @param outlook null until the first pass has begun
   * @param trouble why the last pass could not read the host, or null
   */
  public record Published(
      long version,
      @Nullable HostState state,
      @Nullable Outlook outlook,
      Loop loop,
      @Nullable String trouble) {
    private boolean isAs(Published other) {
      return new Published(other.version, state, outlook, loop, trouble).equals(other);
    }
  }

  /**
   * From now on shows each new state.
   *
   * @param listener is quick, and asks for nothing here
   */
  public void listen(Consumer<HostState> listener) {
    listeners.add(listener);
  }

  /** What was published last. */
  public synchronized Published current() {
    return current;
  }

  /** Waits until something newer than {@code version} is published, at most for the given time. */
  public synchronized Published await(long version, Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    long left = timeout.toMillis();
    while (current.version() == version && left > 0) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    return current;
  }

  /** The host stands so. */
  synchronized void publish(HostState state) {
    change(state, current.outlook(), current.loop(), null);
  }

  /** These remedies are running. */
  synchronized void publish(List<Activity> activities) {
    @Nullable HostState known = current.state();
    if (known != null) {
      publish(known.with(activities));
    }
  }

  /** A pass goes by this. */
  synchronized void publish(Outlook outlook) {
    change(current.state(), outlook, current.loop(), current.trouble());
  }

  /** Whether it pays to wait for the loop. */
  synchronized void publish(Loop loop) {
    change(current.state(), current.outlook(), loop, current.trouble());
  }

  /** The host cannot be read. */
  synchronized void publishTrouble(String trouble) {
    change(current.state(), current.outlook(), current.loop(), trouble);
  }

  private void change(
      @Nullable HostState state, @Nullable Outlook outlook, Loop loop, @Nullable String trouble) {
    Published before = current;
    var next = new Published(before.version() + 1, state, outlook, loop, trouble);
    if (!next.isAs(before)) {
      current = next;
      notifyAll();
      if (state != null && !state.equals(before.state())) {
        listeners.forEach(listener -> listener.accept(state));
      }
    }
  }
}
