package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** A lock that only one process holds, and that goes with it, also when it is killed. */
public final class LockFile implements AutoCloseable {
  /** Nothing tells when a lock goes; those who wait have time. */
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(250);

  private final FileChannel channel;

  private LockFile(FileChannel channel) {
    this.channel = channel;
  }

  /** Takes the lock unless another holds it. */
  public static Optional<LockFile> tryTake(Path file) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return Optional.of(new LockFile(channel));
      }
    } catch (OverlappingFileLockException heldByThisProcess) {
      // A daemon and a command in one process, as tests have them.
    }
    channel.close();
    return Optional.empty();
  }

  /**
   * Takes the lock.
   *
   * @throws IOException if another process holds it; the message says so and ends with the advice
   */
  public static LockFile take(Path file, String advice) throws IOException {
    return tryTake(file)
        .orElseThrow(() -> new IOException(file + ": held by another process; " + advice));
  }

  /**
   * Takes the lock as soon as nobody holds it.
   *
   * @param alive called at each try
   */
  public static LockFile await(Path file, Runnable alive) throws IOException, InterruptedException {
    Optional<LockFile> held = tryTake(file);
    while (held.isEmpty()) {
      alive.run();
      Thread.sleep(BETWEEN_TRIES.toMillis());
      held = tryTake(file);
    }
    return held.get();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
