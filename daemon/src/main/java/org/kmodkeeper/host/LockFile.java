package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.kmodkeeper.process.Poll;

/** A lock that only one process holds, and that goes with it, also when it is killed. */
public final class LockFile implements AutoCloseable {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(250);

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
    List<LockFile> held = new ArrayList<>();
    new Poll(POLL_INTERVAL, alive).until(() -> tryTake(file).map(held::add).isPresent());
    return held.get(0);
  }

  /**
   * The same.
   *
   * @param waiting called once, before it waits
   */
  public static LockFile takeOrAwait(Path file, Runnable waiting)
      throws IOException, InterruptedException {
    Optional<LockFile> free = tryTake(file);
    if (free.isPresent()) {
      return free.get();
    }
    waiting.run();
    return await(file, () -> {});
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
