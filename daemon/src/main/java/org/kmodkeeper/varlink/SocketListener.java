package org.kmodkeeper.varlink;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import jnr.enxio.channels.NativeSelectorProvider;
import jnr.ffi.LibraryLoader;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import org.jspecify.annotations.Nullable;

/** A unix socket that callers connect to: our own, or one that the service manager keeps for us. */
final class SocketListener implements AutoCloseable {
  private static final int BACKLOG = 128;

  private final UnixServerSocketChannel channel;
  private final Selector selector;
  private final @Nullable Path own;
  private volatile boolean closing;

  /** What of the C library jnr's channels lack. */
  public interface LibC {
    /** dup2(2) */
    int dup2(int from, int to);
  }

  private SocketListener(UnixServerSocketChannel channel, @Nullable Path own) throws IOException {
    this.channel = channel;
    this.own = own;
    this.selector = NativeSelectorProvider.getInstance().openSelector();
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_ACCEPT);
  }

  /** Creates the socket, for everyone on the host; a stale one is replaced. */
  static SocketListener bind(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    UnixServerSocketChannel channel = UnixServerSocketChannel.open();
    channel.socket().bind(new UnixSocketAddress(socket.toFile()), BACKLOG);
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    return new SocketListener(channel, socket);
  }

  /**
   * Takes over a listening socket that was passed to this process.
   *
   * @throws IOException if there is no such descriptor
   */
  static SocketListener adopt(int descriptor) throws IOException {
    UnixServerSocketChannel channel = UnixServerSocketChannel.open();
    if (LibraryLoader.create(LibC.class).load("c").dup2(descriptor, channel.getFD()) < 0) {
      channel.close();
      throw new IOException("file descriptor " + descriptor + " was not passed on");
    }
    return new SocketListener(channel, null);
  }

  /**
   * Waits for the next caller; null when this is closed.
   *
   * @throws IOException if there is one that cannot be accepted; the next call may find it again at
   *     once
   */
  @Nullable UnixSocketChannel accept() throws IOException {
    int waiting = 0;
    while (!closing && waiting == 0) {
      waiting = selector.select();
      selector.selectedKeys().clear();
    }
    if (closing) {
      return null;
    }
    @Nullable UnixSocketChannel caller = channel.accept();
    if (caller == null) {
      // jnr keeps the reason to itself where a channel does not block.
      throw new IOException("accept(2) failed, perhaps because no file descriptor is free");
    }
    return caller;
  }

  /**
   * No more callers. They wait in a socket that was adopted until its next owner accepts them:
   * closing the channel would shut the service manager's socket down as well.
   */
  @Override
  public void close() throws IOException {
    closing = true;
    selector.wakeup();
    if (own != null) {
      channel.close();
      Files.deleteIfExists(own);
    }
  }
}
