package org.kmodkeeper.metrics;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.reconcile.StatePublisher;
import org.kmodkeeper.reconcile.StatePublisher.Loop;
import org.kmodkeeper.reconcile.StatePublisher.Outlook;
import org.kmodkeeper.reconcile.StatePublisher.Published;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@code kmodkeeper.prom} up to date, by a thread of its own: a slow disk delays nothing
 * else. Each pass changes it, as it says when that was.
 */
public final class MetricsFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MetricsFile.class);

  private static final String NAME = "kmodkeeper.prom";

  /** There is nothing to do until something is published. */
  private static final Duration FOREVER = Duration.ofDays(365);

  /** A disk that does not answer must not keep the daemon from stopping. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(1);

  private final StatePublisher publisher;
  private final HostPaths paths;
  private final String version;
  private final AttemptCounter attempts;
  private final Thread thread = new Thread(this::run, "metrics");
  private boolean began;
  private @Nullable Published shown;
  private @Nullable Path file;
  private String written = "";
  private String told = "";

  /**
   * @param version of this program
   */
  public MetricsFile(StatePublisher publisher, HostPaths paths, String version, Clock clock) {
    this.publisher = publisher;
    this.paths = paths;
    this.version = version;
    this.attempts = new AttemptCounter(clock.instant());
    thread.setDaemon(true);
  }

  /** Begins to write, and to count. */
  public void start() {
    publisher.listen(attempts::see);
    thread.start();
  }

  private void run() {
    try {
      Published published = publisher.current();
      while (true) {
        if (!isSame(published, shown)) {
          write(published, 1);
        }
        published = publisher.await(published.version(), FOREVER);
      }
    } catch (InterruptedException stop) {
      write(publisher.current(), 0);
    }
  }

  /** That a pass has begun can wait until it changes something, or ends. */
  private static boolean isSame(Published one, @Nullable Published other) {
    return other != null
        && Objects.equals(one.state(), other.state())
        && (one.loop() == Loop.BUSY || Objects.equals(one.outlook(), other.outlook()))
        && Objects.equals(one.trouble(), other.trouble());
  }

  private void write(Published published, int up) {
    @Nullable Outlook outlook = published.outlook();
    String text = new HostMetrics(version, published, attempts).text(up);
    if (outlook == null || text.isEmpty()) {
      return;
    }
    @Nullable Path directory = outlook.settings().metrics().directory(paths).orElse(null);
    @Nullable Path target = directory == null ? null : directory.resolve(NAME);
    if (text.equals(written) && Objects.equals(target, file)) {
      shown = published;
      return;
    }
    try {
      removeOthers(target);
      if (directory != null && !Files.isDirectory(directory)) {
        throw new FileSystemException(directory.toString(), null, "no such directory");
      }
      if (target != null) {
        replace(target, text);
      }
      written = text;
      shown = published;
      told = "";
    } catch (IOException refused) {
      tellOnce(IoErrors.text(refused));
    }
  }

  /**
   * Not by AtomicFile: no power cut matters to what the next boot writes anew, and syncing is half
   * of the cost. The directory may belong to the collector's user, so that what lies in the way is
   * not followed.
   */
  private static void replace(Path target, String text) throws IOException {
    Path partial = target.resolveSibling(NAME + AtomicFile.PARTIAL);
    try {
      Files.deleteIfExists(partial);
      Files.writeString(partial, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException refused) {
      Files.deleteIfExists(partial);
      throw IoErrors.at(target, refused);
    }
  }

  /** Leaves no file where none is written any more, also none of an earlier run. */
  private void removeOthers(@Nullable Path target) throws IOException {
    if (!began || !Objects.equals(target, file)) {
      Set<Path> others = new HashSet<>();
      paths.textfileDirectories().forEach(usual -> others.add(usual.resolve(NAME)));
      if (file != null) {
        others.add(file);
      }
      began = true;
      file = target;
      others.remove(target);
      for (Path other : others) {
        Files.deleteIfExists(other);
      }
    }
  }

  private void tellOnce(String refusal) {
    if (!refusal.equals(told) && !thread.isInterrupted()) {
      told = refusal;
      log.warn("cannot write metrics, will be tried again: {}", refusal);
    }
  }

  /** Writes that the daemon does not run. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(STOP_TIMEOUT.toMillis());
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
