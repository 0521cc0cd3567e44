package org.kmodkeeper.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What a process has printed, read by a separate thread so that its pipe never fills up. */
final class Output {
  private final InputStream stream;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final CountDownLatch end = new CountDownLatch(1);

  private Output(InputStream stream) {
    this.stream = stream;
  }

  static Output of(InputStream stream) {
    var output = new Output(stream);
    var thread = new Thread(output::read, "output");
    thread.setDaemon(true);
    thread.start();
    return output;
  }

  private void read() {
    var buffer = new byte[8192];
    try (stream) {
      for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
        kept.write(buffer, 0, Math.min(count, CommandRunner.MAX_OUTPUT - kept.size()));
      }
    } catch (IOException closed) {
      // The pipe of a process that is gone; there is nothing more to come.
    } finally {
      end.countDown();
    }
  }

  /** Waits until nobody can print to it any more; false if someone still can after this time. */
  boolean awaitEnd(Duration longest) throws InterruptedException {
    return end.await(longest.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** What has come so far. */
  String text() {
    return kept.toString(StandardCharsets.UTF_8);
  }
}
