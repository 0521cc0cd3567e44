package org.kmodkeeper.varlink;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
  private static final Duration FAREWELL = Duration.ofMillis(300);

  private final Listener listener;
  private final String name;
  private final Directory directory;
  private final Limits limits;
  private final Set<UnixSocketChannel> open = new HashSet<>();
  private final Thread acceptor = new Thread(this::accept, "varlink-accept");
  private @Nullable CallPipe pipe;
  private volatile boolean closing;

  private VarlinkServer(
      Listener listener, Limits limits, Product product, List<Interface> interfaces) {
    this.listener = listener;
    this.limits = limits;
    this.name = interfaces.get(0).name();
    this.directory = new Directory(product, interfaces);
    acceptor.setDaemon(true);
  }

  /**
   * Listens on the socket; one that a dead server left behind is replaced.
   *
   * @param interfaces what it offers; the first names the errors of the service as a whole
   * @throws IOException if the socket cannot be made
   */
  public static VarlinkServer listen(
      Path socket, Limits limits, Product product, List<Interface> interfaces) throws IOException {
    return new VarlinkServer(Listener.bind(socket), limits, product, interfaces);
  }

  /**
   * Serves a listening socket that was passed to this process; it outlives this server.
   *
   * @param interfaces what it offers; the first names the errors of the service as a whole
   * @throws IOException if there is no such descriptor
   */
  public static VarlinkServer adopt(
      int descriptor, Limits limits, Product product, List<Interface> interfaces)
      throws IOException {
    return new VarlinkServer(Listener.adopt(descriptor), limits, product, interfaces);
  }

  /**
   * Also serves oneway calls that come through a FIFO; before {@link #start}.
   *
   * @throws IOException if it cannot be opened, or if others than its owner may write to it
   */
  public void hear(Path fifo) throws IOException {
    pipe = new CallPipe(fifo, directory, limits);
  }

  /** Begins to accept callers. */
  public void start() {
    acceptor.start();
    if (pipe != null) {
      pipe.start();
    }
  }

  private void accept() {
    while (!closing) {
      try {
        @Nullable UnixSocketChannel channel = listener.accept();
        if (channel == null) {
          return;
        }
        if (admit(channel)) {
          var thread = new Thread(() -> serve(channel), "varlink");
          thread.setDaemon(true);
          thread.start();
        } else {
          turnAway(channel);
        }
      } catch (IOException failed) {
        if (!closing) {
          log.warn("a caller could not be accepted, ignoring: {}", failed.toString());
        }
      }
    }
  }

  private boolean admit(UnixSocketChannel channel) {
    synchronized (open) {
      return open.size() < limits.connections() && open.add(channel);
    }
  }

  private void serve(UnixSocketChannel channel) {
    try {
      new Connection(channel, directory, limits, () -> closing).run();
    } finally {
      synchronized (open) {
        open.remove(channel);
        open.notifyAll();
      }
    }
  }

  /** Tells a caller past the limit so; the few bytes fit into the socket's empty buffer. */
  private void turnAway(UnixSocketChannel channel) throws IOException {
    try (channel) {
      var reply = new JsonObject();
      var parameters = new JsonObject();
      parameters.addProperty("limit", limits.connections());
      reply.addProperty("error", name + ".TooManyConnections");
      reply.add("parameters", parameters);
      channel.write(Json.encode(reply));
    }
  }

  /** Accepts nobody any more, lets those finish who have called, and hangs up on the others. */
  @Override
  public void close() throws IOException {
    closing = true;
    listener.close();
    if (pipe != null) {
      pipe.close();
    }
    try {
      acceptor.join(FAREWELL.toMillis());
      awaitFarewell();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    synchronized (open) {
      for (UnixSocketChannel channel : open) {
        channel.close();
      }
    }
  }

  private void awaitFarewell() throws InterruptedException {
    long deadline = System.nanoTime() + FAREWELL.toNanos();
    synchronized (open) {
      long left = FAREWELL.toMillis();
      while (!open.isEmpty() && left > 0) {
        open.wait(left);
        left = (deadline - System.nanoTime()) / 1_000_000;
      }
    }
  }
}
