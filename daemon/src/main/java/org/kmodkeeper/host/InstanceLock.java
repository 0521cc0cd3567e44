package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Held by the one process that builds: two would build into each other's directories. */
public final class InstanceLock implements AutoCloseable {
  private final FileChannel channel;

  private InstanceLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws IOException if another process holds it
   */
  public static InstanceLock take(HostPaths paths) throws IOException {
    // In memory, so that a full disk keeps no daemon from starting.
    Path file = paths.run().resolve("lock");
    Files.createDirectories(paths.run());
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock held = channel.tryLock();
    if (held == null) {
      channel.close();
      throw new IOException(file + ": held by another kmodkeeperd; stop that one first");
    }
    return new InstanceLock(channel);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
