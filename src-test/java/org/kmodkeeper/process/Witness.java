package org.kmodkeeper.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * Sees processes come and go through a FIFO that they hold open for writing: its end is read when
 * the last of them is gone.
 */
final class Witness {
  private final Path fifo;
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  private Witness(Path fifo) {
    this.fifo = fifo;
  }

  static Witness in(Path directory) throws IOException, InterruptedException {
    Path fifo = directory.resolve("fifo");
    new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor();
    var witness = new Witness(fifo);
    var thread = new Thread(witness::watch, "witness");
    thread.setDaemon(true);
    thread.start();
    return witness;
  }

  private void watch() {
    try (InputStream stream = Files.newInputStream(fifo)) {
      begun.countDown();
      if (stream.read() < 0) {
        ended.countDown();
      }
    } catch (IOException unseen) {
      throw new IllegalStateException(unseen);
    }
  }

  /** What a shell writes before a command, so that it and its children are watched. */
  String hold() {
    return "3>" + fifo;
  }

  void awaitBegin() throws InterruptedException {
    begun.await();
  }

  /** Returns when processes were there and all of them are gone; the test's time limit ends it. */
  void awaitEnd() throws InterruptedException {
    ended.await();
  }
}
