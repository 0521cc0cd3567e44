package org.kmodkeeper.systemd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Tells the service manager how the service is doing: sd_notify(3). */
public final class ServiceNotification {
  private final @Nullable String socket;
  private String status = "";

  /**
   * @param socket the value of NOTIFY_SOCKET, or null when no service manager listens
   */
  public ServiceNotification(@Nullable String socket) {
    this.socket = socket;
  }

  /**
   * Gets ready to send, beside what the caller goes on to do: loading the native library takes a
   * third of the start-up.
   */
  public void prepare() {
    if (socket != null) {
      var thread = new Thread(() -> send(""), "prepare");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Start-up, or reading the configuration again, is complete. */
  public void ready() {
    send("READY=1");
  }

  /** The configuration is being read again; {@link #ready} tells the end. */
  public void reloading() {
    // CLOCK_MONOTONIC in microseconds, which is what nanoTime() counts on Linux.
    send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
  }

  /** What the service is doing now, in one line. */
  public synchronized void status(String text) {
    if (!text.equals(status)) {
      status = text;
      send("STATUS=" + text);
    }
  }

  /** A sign of life for the watchdog. */
  public void alive() {
    send("WATCHDOG=1");
  }

  /** The service is about to end. */
  public void stopping() {
    send("STOPPING=1");
  }

  private void send(String message) {
    if (socket == null) {
      return;
    }
    // A leading @ stands for the NUL of the abstract namespace.
    String address = socket.startsWith("@") ? '\0' + socket.substring(1) : socket;
    try (UnixDatagramChannel channel = UnixDatagramChannel.open()) {
      ByteBuffer bytes = ByteBuffer.wrap(message.getBytes(StandardCharsets.UTF_8));
      channel.send(bytes, new UnixSocketAddress(address));
    } catch (IOException unheard) {
      LoggerFactory.getLogger(ServiceNotification.class)
          .warn("{}: cannot notify the service manager, ignoring: {}", socket, unheard.toString());
    }
  }
}
