package org.kmodkeeper.varlink;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One caller, served until it goes away, falls silent or breaks the protocol. */
final class Connection implements Runnable, Handler.Replies {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  private final UnixSocketChannel channel;
  private final Peer peer;
  private final MethodDispatcher dispatcher;
  private final Limits limits;
  private final BooleanSupplier ending;
  private final MessageFramer framer;
  private final ByteBuffer received = ByteBuffer.allocate(8192).flip();

  /**
   * @param ending whether the server is closing: the call at hand is then the last one
   */
  Connection(
      UnixSocketChannel channel,
      Peer peer,
      MethodDispatcher dispatcher,
      Limits limits,
      BooleanSupplier ending) {
    this.ending = ending;
    this.channel = channel;
    this.peer = peer;
    this.dispatcher = dispatcher;
    this.limits = limits;
    this.framer = new MessageFramer(limits.messageBytes());
  }

  @Override
  public void run() {
    try (channel) {
      converse();
    } catch (IOException gone) {
      log.debug("a caller disconnected: {}", gone.toString());
    } catch (InterruptedException stop) {
      log.debug("the server is closing");
    } catch (RuntimeException bug) {
      log.error("a connection failed; this is a bug in kmodkeeper", bug);
    } catch (OutOfMemoryError tooMuch) {
      // Closing this connection frees what it took; nothing else has to end with it.
      log.error("a connection is closed: {}", tooMuch.toString());
    }
  }

  private void converse() throws IOException, InterruptedException {
    channel.setOption(UnixSocketOptions.SO_RCVTIMEO, (int) limits.idle().toMillis());
    channel.setOption(UnixSocketOptions.SO_SNDTIMEO, (int) limits.idle().toMillis());
    try {
      Optional<byte[]> message = receive();
      while (message.isPresent() && serve(message.get()) && !ending.getAsBoolean()) {
        message = receive();
      }
    } catch (MessageFramer.TooLong tooLong) {
      refuseMessage("longer than " + limits.messageBytes() + " bytes");
    }
  }

  /** The next message; empty when the caller closed or kept silent for too long. */
  private Optional<byte[]> receive() throws IOException, MessageFramer.TooLong {
    long deadline = System.nanoTime() + limits.idle().toNanos();
    Optional<byte[]> message = framer.take(received);
    while (message.isEmpty()) {
      received.clear();
      int count = channel.read(received);
      received.flip();
      // 0 is jnr's way to say that SO_RCVTIMEO has passed.
      if (count <= 0 || System.nanoTime() > deadline) {
        return Optional.empty();
      }
      message = framer.take(received);
    }
    return message;
  }

  /** Answers one message; false when the connection has to end. */
  private boolean serve(byte[] message) throws IOException, InterruptedException {
    Optional<Call> call = dispatcher.read(message, peer);
    if (call.isEmpty()) {
      refuseMessage("not a Varlink call");
      return false;
    }
    Reply reply;
    try {
      reply = Reply.last(dispatcher.dispatch(call.get(), this));
    } catch (VarlinkException refusal) {
      reply = Reply.refusing(refusal);
    }
    if (call.get().style() != Call.Style.ONEWAY) {
      send(reply);
    }
    return true;
  }

  @Override
  public void next(Object parameters) throws IOException {
    send(Reply.continued(parameters));
  }

  @Override
  public boolean abandoned() throws IOException {
    received.compact();
    try {
      // Buffer full: the client has sent further calls, so this stream ends.
      return !received.hasRemaining() || hungUp();
    } finally {
      received.flip();
    }
  }

  /** Whether the caller has closed; what it said before is kept for later. */
  private boolean hungUp() throws IOException {
    channel.configureBlocking(false);
    try {
      return channel.read(received) < 0;
    } finally {
      channel.configureBlocking(true);
    }
  }

  /** Says that what came cannot be understood; the stream may be out of step after it. */
  private void refuseMessage(String why) {
    try {
      send(Reply.refusing(VarlinkException.invalidParameter("message: " + why)));
    } catch (IOException gone) {
      log.debug("a caller disconnected: {}", gone.toString());
    }
  }

  private void send(Reply message) throws IOException {
    MessageText.write(
        message,
        new OutputStream() {
          @Override
          public void write(int oneByte) throws IOException {
            write(new byte[] {(byte) oneByte}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            send(ByteBuffer.wrap(bytes, offset, length));
          }
        });
  }

  private void send(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) <= 0) {
        throw new IOException("the caller does not read its answers");
      }
    }
  }
}
