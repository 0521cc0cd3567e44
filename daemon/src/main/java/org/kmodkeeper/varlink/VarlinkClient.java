package org.kmodkeeper.varlink;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Calls a Varlink service.
 *
 * <p>It uses the JDK's own unix sockets: they are there in a third of the time that a native
 * library needs to load, and a command that people type must not be slow.
 */
public final class VarlinkClient implements AutoCloseable {
  /** A status of very many kernels is long; more than this is not a status. */
  private static final int MAX_REPLY_BYTES = 16 << 20;

  private final SocketChannel channel;
  private final Selector selector;
  private final MessageFramer framer = new MessageFramer(MAX_REPLY_BYTES);
  private final ByteBuffer received = ByteBuffer.allocate(65536).flip();

  private VarlinkClient(SocketChannel channel, Selector selector) {
    this.channel = channel;
    this.selector = selector;
  }

  /**
   * Connects.
   *
   * @throws IOException if nobody listens on the socket
   */
  public static VarlinkClient connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      Selector selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
      return new VarlinkClient(channel, selector);
    } catch (IOException failed) {
      channel.close();
      throw failed;
    }
  }

  /** Calls a method and waits for its one reply. */
  public JsonObject call(String method, JsonObject parameters, Duration limit)
      throws IOException, VarlinkException {
    send(method, parameters, Call.Style.ONCE);
    return receive(limit);
  }

  /** Calls a method that streams; its replies are {@linkplain #receive received} one by one. */
  public void callMore(String method, JsonObject parameters) throws IOException {
    send(method, parameters, Call.Style.MORE);
  }

  private void send(String method, JsonObject parameters, Call.Style style) throws IOException {
    var message = new JsonObject();
    message.addProperty("method", method);
    message.add("parameters", parameters);
    if (style == Call.Style.MORE) {
      message.addProperty("more", true);
    }
    ByteBuffer bytes = MessageText.encode(message);
    channel.keyFor(selector).interestOps(SelectionKey.OP_WRITE);
    try {
      write(bytes);
    } catch (ClosedChannelException closedByUs) {
      throw closedByUs;
    } catch (IOException closedByService) {
      // It may have said why before it closed; if it has not, receiving tells so.
    }
    channel.keyFor(selector).interestOps(SelectionKey.OP_READ);
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
      if (bytes.hasRemaining()) {
        selector.select();
      }
    }
  }

  /**
   * Waits for the next reply; returns its parameters.
   *
   * @throws SocketTimeoutException if none came within the limit
   * @throws VarlinkException if the service answered with an error
   */
  public JsonObject receive(Duration limit) throws IOException, VarlinkException {
    long deadline = System.nanoTime() + limit.toNanos();
    Optional<byte[]> message = take();
    while (message.isEmpty()) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new SocketTimeoutException("no answer within " + limit.toMillis() + " ms");
      }
      selector.select(left);
      selector.selectedKeys().clear();
      received.clear();
      int count = channel.read(received);
      received.flip();
      if (count < 0) {
        throw new EOFException("the service closed the connection");
      }
      message = take();
    }
    return read(message.get());
  }

  private Optional<byte[]> take() throws IOException {
    try {
      return framer.take(received);
    } catch (MessageFramer.TooLong tooLong) {
      throw new IOException("a reply longer than " + MAX_REPLY_BYTES + " bytes", tooLong);
    }
  }

  private static JsonObject read(byte[] message) throws IOException, VarlinkException {
    JsonObject reply =
        MessageText.parse(message)
            .orElseThrow(() -> new IOException("the reply is not a JSON object"));
    JsonElement parameters = MessageText.parameters(reply);
    if (!parameters.isJsonObject()) {
      throw new IOException("the reply's parameters are not a JSON object");
    }
    @Nullable JsonElement error = reply.get("error");
    @Nullable JsonElement continues = reply.get("continues");
    if (error instanceof JsonPrimitive name && name.isString()) {
      throw new VarlinkException(name.getAsString(), parameters.getAsJsonObject());
    }
    boolean whole =
        continues == null || (continues instanceof JsonPrimitive flag && flag.isBoolean());
    if (error != null || !whole) {
      throw new IOException("the reply's error or continues has the wrong type");
    }
    return parameters.getAsJsonObject();
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
