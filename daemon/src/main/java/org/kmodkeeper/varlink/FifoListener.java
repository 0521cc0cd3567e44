package org.kmodkeeper.varlink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Oneway calls that come through a FIFO.
 *
 * <p>Whoever writes one there need not wait: not for this process to read it, and not for it to
 * run. Nobody can be told who has written, so the FIFO has to be its owner's alone, and the owner
 * counts as the caller.
 */
final class FifoListener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FifoListener.class);

  private static final Set<PosixFilePermission> OWNERS =
      Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private static final Handler.Replies NOBODY =
      new Handler.Replies() {
        @Override
        public void next(Object parameters) {}

        @Override
        public boolean abandoned() {
          return true;
        }
      };

  private final Path pipe;
  private final FileChannel channel;
  private final MethodDispatcher dispatcher;
  private final Peer peer;
  private final int longest;
  private final Thread thread = new Thread(this::run, "varlink-pipe");

  /**
   * Opens the FIFO.
   *
   * @throws IOException if it cannot be opened, or if others than its owner may write to it
   */
  FifoListener(Path pipe, MethodDispatcher dispatcher, Limits limits) throws IOException {
    if (!OWNERS.containsAll(Files.getPosixFilePermissions(pipe))) {
      throw new IOException(
          pipe + ": accessible to users other than its owner; expected mode 0600");
    }
    this.pipe = pipe;
    this.dispatcher = dispatcher;
    this.longest = limits.messageBytes();
    this.peer =
        new Peer(
            0,
            (int) Files.getAttribute(pipe, "unix:uid"),
            (int) Files.getAttribute(pipe, "unix:gid"));
    // Open for writing too, it never comes to an end, however many writers come and go.
    this.channel = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE);
    thread.setDaemon(true);
  }

  /** Begins to read. */
  void start() {
    thread.start();
  }

  private void run() {
    try (channel) {
      while (true) {
        serveAll();
      }
    } catch (ClosedByInterruptException | InterruptedException stop) {
      log.debug("the server is closing");
    } catch (IOException failed) {
      log.error("{}: no further calls are read from it: {}", pipe, failed.toString());
    }
  }

  /** Serves calls until one is too long; then the stream is followed from here on. */
  private void serveAll() throws IOException, InterruptedException {
    var framer = new MessageFramer(longest);
    ByteBuffer received = ByteBuffer.allocate(4096);
    try {
      while (true) {
        channel.read(received.clear());
        received.flip();
        Optional<byte[]> message = framer.take(received);
        while (message.isPresent()) {
          serve(message.get());
          message = framer.take(received);
        }
      }
    } catch (MessageFramer.TooLong tooLong) {
      log.warn("{}: a call of more than {} bytes, ignoring", pipe, longest);
    }
  }

  private void serve(byte[] message) throws IOException, InterruptedException {
    Optional<Call> call =
        dispatcher.read(message, peer).filter(one -> one.style() == Call.Style.ONEWAY);
    try {
      if (call.isPresent()) {
        dispatcher.dispatch(call.get(), NOBODY);
      } else {
        log.warn("{}: not a oneway call, ignoring", pipe);
      }
    } catch (VarlinkException refusal) {
      log.warn("{}: {}, ignoring", pipe, refusal.toString());
    } catch (RuntimeException bug) {
      log.error("a call failed; this is a bug in kmodkeeper", bug);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
