package org.kmodkeeper.varlink;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A caller that sends whatever it likes. */
final class RawCaller implements AutoCloseable {
  private final SocketChannel channel;

  private RawCaller(SocketChannel channel) {
    this.channel = channel;
  }

  static RawCaller connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return new RawCaller(channel);
  }

  /** Sends text with a NUL. */
  RawCaller send(String message) throws IOException {
    return sendBytes((message + "\0").getBytes(StandardCharsets.UTF_8));
  }

  RawCaller sendBytes(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    return this;
  }

  /** Ends the sending half; the answers can still come. */
  RawCaller endOfWords() throws IOException {
    channel.shutdownOutput();
    return this;
  }

  /** The next message; EOFException when the server has closed. */
  JsonObject receive() throws IOException {
    var message = new ByteArrayOutputStream();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (true) {
      one.clear();
      if (channel.read(one) < 0) {
        throw new EOFException("closed");
      }
      if (one.get(0) == 0) {
        return JsonParser.parseString(message.toString(StandardCharsets.UTF_8)).getAsJsonObject();
      }
      message.write(one.get(0));
    }
  }

  /** The error of the next reply. */
  String receiveError() throws IOException {
    return receive().get("error").getAsString();
  }

  /** Whether the server has closed, and nothing more comes; waits for either. */
  boolean isClosed() throws IOException {
    return channel.read(ByteBuffer.allocate(1)) < 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
