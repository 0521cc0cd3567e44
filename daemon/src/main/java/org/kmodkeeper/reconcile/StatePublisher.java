package org.kmodkeeper.reconcile;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.HostState;

/** The newest state of the host, as the loop has published it; whoever waits is sent each one. */
public final class StatePublisher {
  private final List<Consumer<HostState>> listeners = new CopyOnWriteArrayList<>();
  private Published current = new Published(0, null, Loop.IDLE, null);

  /** Whether the loop is running, or was asked to look again. */
  public enum Loop {
    BUSY,
    IDLE
  }

  /**
   * What was published.
   *
   * @param version grows with each change
   * @param state null until the first pass has looked
   * @param trouble why the last pass could not read the host, or null
   */
  public record Published(
      long version, @Nullable HostState state, Loop loop, @Nullable String trouble) {
    private boolean isAs(Published other) {
      return new Published(other.version, state, loop, trouble).equals(other);
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
    change(new Published(current.version(), state, current.loop(), null));
  }

  /** These remedies are running. */
  synchronized void publish(List<Activity> activities) {
    @Nullable HostState known = current.state();
    if (known != null) {
      publish(known.with(activities));
    }
  }

  /** Whether it pays to wait for the loop. */
  synchronized void publish(Loop loop) {
    change(new Published(current.version(), current.state(), loop, current.trouble()));
  }

  /** The host cannot be read. */
  synchronized void publishTrouble(String trouble) {
    change(new Published(current.version(), current.state(), current.loop(), trouble));
  }

  private void change(Published next) {
    if (!next.isAs(current)) {
      current = new Published(current.version() + 1, next.state(), next.loop(), next.trouble());
      notifyAll();
      @Nullable HostState state = current.state();
      if (state != null) {
        listeners.forEach(listener -> listener.accept(state));
      }
    }
  }
}
