package org.kmodkeeper.api;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.reconcile.StatePublisher;
import org.kmodkeeper.reconcile.StatePublisher.Published;
import org.kmodkeeper.varlink.Call;
import org.kmodkeeper.varlink.Handler;
import org.kmodkeeper.varlink.VarlinkException;

/**
 * Answers the calls of Watch with what the loop publishes; looks at no disk itself.
 *
 * <p>What was published before the call may be out of date, so the loop is asked to look again, and
 * says that it is running until it has.
 */
final class Watch {
  /** How soon a caller is noticed that has gone. */
  private static final Duration CALLER_INTERVAL = Duration.ofSeconds(1);

  private final StatePublisher publisher;
  private final Runnable refresh;

  /**
   * @param refresh asks the loop to look again
   */
  Watch(StatePublisher publisher, Runnable refresh) {
    this.publisher = publisher;
    this.refresh = refresh;
  }

  /** Sends the newest state now and each later one, until the caller has gone. */
  Object answer(Call call, Handler.Replies replies)
      throws VarlinkException, IOException, InterruptedException {
    if (call.style() != Call.Style.MORE) {
      throw VarlinkException.expectedMore();
    }
    refresh.run();
    @Nullable Object sent = null;
    Published published = publisher.current();
    while (true) {
      @Nullable Object status = status(published);
      if (status != null && !status.equals(sent)) {
        replies.next(status);
        sent = status;
      }
      Published next = publisher.await(published.version(), CALLER_INTERVAL);
      if (replies.abandoned()) {
        return Map.of();
      }
      published = next;
    }
  }

  /** Nothing while the pass is at work that may find a host readable which was not. */
  private static @Nullable Object status(Published published) throws VarlinkException {
    boolean busy = published.loop() == StatePublisher.Loop.BUSY;
    if (published.trouble() != null) {
      if (busy) {
        return null;
      }
      throw unreadable(published.trouble());
    }
    @Nullable HostState state = published.state();
    return state == null ? null : Map.of("status", Status.of(state, busy));
  }

  static VarlinkException unreadable(String why) {
    var reason = new JsonObject();
    reason.addProperty("reason", why);
    return new VarlinkException(Service.NAME + ".HostUnreadable", reason);
  }
}
