package org.kmodkeeper.varlink;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves Varlink on a unix socket, one thread for each connection.
 *
 * <p>Everyone on the host may connect; each handler decides what its caller may do.
 */
public final class VarlinkServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(VarlinkServer.class);
  private static final int BACKLOG = 128;

  private final Path socket;
  private final String name;
  private final Directory directory;
  private final Limits limits;
  private final UnixServerSocketChannel listener;
  private final Set<UnixSocketChannel> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  private VarlinkServer(
      Path socket,
      String name,
      Directory directory,
      Limits limits,
      UnixServerSocketChannel listener) {
    this.socket = socket;
    this.name = name;
    this.directory = directory;
    this.limits = limits;
    this.listener = listener;
  }

  /**
   * Listens on the socket; one that a dead server left behind is replaced.
   *
   * @param interfaces what it offers; the first names the errors of the service as a whole
   * @throws IOException if the socket cannot be made
   */
  public static VarlinkServer listen(
      Path socket, Limits limits, Product product, List<Interface> interfaces) throws IOException {
    Files.deleteIfExists(socket);
    UnixServerSocketChannel listener = UnixServerSocketChannel.open();
    listener.socket().bind(new UnixSocketAddress(socket.toFile()), BACKLOG);
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    return new VarlinkServer(
        socket, interfaces.get(0).name(), new Directory(product, interfaces), limits, listener);
  }

  /** Begins to accept callers. */
  public void start() {
    daemonThread("varlink-accept", this::accept);
  }

  private void accept() {
    while (!closing) {
      try {
        UnixSocketChannel channel = listener.accept();
        if (channel == null) {
          continue;
        }
        if (open.size() >= limits.connections()) {
          turnAway(channel);
        } else {
          open.add(channel);
          daemonThread("varlink", () -> serve(channel));
        }
      } catch (IOException failed) {
        if (!closing) {
          log.warn("{}: a caller could not be accepted, ignoring: {}", socket, failed.toString());
        }
      }
    }
  }

  private void serve(UnixSocketChannel channel) {
    try {
      new Connection(channel, directory, limits).run();
    } finally {
      open.remove(channel);
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

  private static void daemonThread(String name, Runnable task) {
    var thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    closing = true;
    listener.close();
    for (UnixSocketChannel channel : open) {
      channel.close();
    }
    Files.deleteIfExists(socket);
  }
}
