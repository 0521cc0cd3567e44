package org.kmodkeeper.varlink;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import jnr.unixsocket.UnixSocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves Varlink on a unix socket, one thread for each connection.
 *
 * <p>Everyone on the host may connect; each handler decides what its caller may do.
 */
public final class VarlinkServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(VarlinkServer.class);

  /** How long callers that have called already are given to get their answer. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofMillis(300);

  /** How long nobody is accepted after that has failed; it may fail again at once. */
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final SocketListener listener;
  private final String name;
  private final MethodDispatcher dispatcher;
  private final Limits limits;
  private final Connections open;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread acceptor = new Thread(this::accept, "varlink-accept");
  private Predicate<Peer> trusted = peer -> peer.uid() == 0;
  private @Nullable FifoListener pipe;

  private VarlinkServer(
      SocketListener listener, Limits limits, ServiceInfo info, List<Interface> interfaces) {
    this.listener = listener;
    this.limits = limits;
    this.open = new Connections(limits);
    this.name = interfaces.get(0).name();
    this.dispatcher = new MethodDispatcher(info, interfaces);
    acceptor.setDaemon(true);
  }

  /**
   * Serves a listening socket: one that was passed to this process, which outlives this server, or
   * its own; a stale one is replaced.
   *
   * @param passed the descriptor of one that was passed
   * @param interfaces what it offers; the first names the errors of the service as a whole
   * @throws IOException if there is no such descriptor, or the socket cannot be made
   */
  public static VarlinkServer open(
      OptionalInt passed, Path socket, Limits limits, ServiceInfo info, List<Interface> interfaces)
      throws IOException {
    SocketListener listener =
        passed.isPresent() ? SocketListener.adopt(passed.getAsInt()) : SocketListener.bind(socket);
    return new VarlinkServer(listener, limits, info, interfaces);
  }

  /** Whose messages may be long; before {@link #start}. Without this they are root's alone. */
  public void trust(Predicate<Peer> callers) {
    trusted = callers;
  }

  /**
   * Also serves oneway calls that come through a FIFO; before {@link #start}.
   *
   * @throws IOException if it cannot be opened, or if others than its owner may write to it
   */
  public void listenOnFifo(Path fifo) throws IOException {
    pipe = new FifoListener(fifo, dispatcher, limits);
  }

  /** Begins to accept callers. */
  public void start() {
    acceptor.start();
    if (pipe != null) {
      pipe.start();
    }
  }

  private void accept() {
    try {
      while (!isClosing()) {
        acceptNext();
      }
    } catch (InterruptedException stop) {
      log.debug("the server is closing");
    }
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void acceptNext() throws InterruptedException {
    try {
      @Nullable UnixSocketChannel channel = listener.accept();
      if (channel != null) {
        admit(channel);
      }
    } catch (IOException failed) {
      // Without a free descriptor, say, which comes back when some caller goes.
      if (!isClosing()) {
        log.warn("accepting no callers for {} s: {}", PAUSE.toSeconds(), failed.toString());
        closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  private void admit(UnixSocketChannel channel) {
    try {
      Peer peer = Peer.of(channel);
      OptionalInt exceeded = open.admit(channel, peer.uid());
      if (exceeded.isPresent()) {
        turnAway(channel, exceeded.getAsInt());
      } else {
        var thread = new Thread(() -> serve(channel, peer), "varlink");
        thread.setDaemon(true);
        thread.start();
      }
    } catch (IOException | OutOfMemoryError refused) {
      // The caller cannot be determined, or no thread can be started.
      log.debug("cannot serve a caller: {}", refused.toString());
      dismiss(channel);
    }
  }

  private void dismiss(UnixSocketChannel channel) {
    open.remove(channel);
    try {
      channel.close();
    } catch (IOException gone) {
      log.debug("a caller disconnected: {}", gone.toString());
    }
  }

  private void serve(UnixSocketChannel channel, Peer peer) {
    try {
      Limits own = trusted.test(peer) ? limits : limits.ofOthers();
      new Connection(channel, peer, dispatcher, own, this::isClosing).run();
    } catch (RuntimeException bug) {
      log.error("cannot serve a caller; this is a bug in kmodkeeper", bug);
    } finally {
      dismiss(channel);
    }
  }

  /** Tells a caller past a limit so; the few bytes fit into the socket's empty buffer. */
  private void turnAway(UnixSocketChannel channel, int limit) {
    try (channel) {
      var parameters = new JsonObject();
      parameters.addProperty("limit", limit);
      var refusal = new VarlinkException(name + ".TooManyConnections", parameters);
      channel.write(MessageText.encode(Reply.refusing(refusal)));
    } catch (IOException gone) {
      // Not a warning, with which anyone could fill the journal.
      log.debug("a caller disconnected: {}", gone.toString());
    }
  }

  /** Accepts nobody any more, lets those finish who have called, and hangs up on the others. */
  @Override
  public void close() throws IOException {
    closing.countDown();
    listener.close();
    if (pipe != null) {
      pipe.close();
    }
    try {
      acceptor.join(CLOSE_TIMEOUT.toMillis());
      open.awaitNone(CLOSE_TIMEOUT);
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    open.closeAll();
  }
}
