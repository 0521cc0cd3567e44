package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.HostFixture;
import org.slf4j.LoggerFactory;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(30)
class PackageTransactionTest {
  private final HostPaths paths;
  private final PackageTransaction transaction;
  private final Logger logger = (Logger) LoggerFactory.getLogger(PackageTransaction.class);
  private final ListAppender<ILoggingEvent> events = new ListAppender<>();

  PackageTransactionTest(@TempDir Path root) throws IOException {
    paths = new HostPaths(root);
    transaction = new PackageTransaction(paths);
    events.start();
    logger.addAppender(events);
    Files.createDirectories(paths.processes());
    lend("locks");
    lend("self");
    for (Path lock : paths.rpmLocks()) {
      HostFixture.write(lock, "");
    }
  }

  /** Puts an entry of the host's own proc(5) there. */
  private void lend(String entry) throws IOException {
    Files.createSymbolicLink(
        paths.processes().resolve(entry), HostPaths.SYSTEM.processes().resolve(entry));
  }

  @AfterEach
  void unlink() throws IOException {
    FileUtils.deleteDirectory(paths.processes().toFile());
    logger.detachAppender(events);
  }

  /** Another process that holds a lock, until it is closed. */
  private static final class Holder implements AutoCloseable {
    private static final String SCRIPT =
        """
        import fcntl, sys
        file = open(sys.argv[1], sys.argv[4])
        getattr(fcntl, sys.argv[2])(file, getattr(fcntl, sys.argv[3]))
        print("held", flush=True)
        sys.stdin.read()
        """;

    private final Process process;

    /** By fcntl(2), as rpm does. */
    Holder(Path file, String kind) throws IOException {
      this(file, "r+", "lockf", kind);
    }

    /**
     * @param mode how the file is opened
     * @param call of Python's fcntl: lockf for fcntl(2), flock for flock(2)
     */
    Holder(Path file, String mode, String call, String kind) throws IOException {
      process =
          new ProcessBuilder("/usr/bin/python3", "-c", SCRIPT, file.toString(), call, kind, mode)
              .start();
      BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
      assertThat(reader.readLine()).isEqualTo("held");
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
      process.onExit().join();
    }
  }

  @Test
  void ignores_a_lock_file_that_nobody_holds() throws IOException {
    assertThat(transaction.isRunning()).isFalse();
  }

  @Test
  void takes_another_process_write_lock_for_a_transaction() throws IOException {
    try (var rpm = new Holder(paths.rpmLocks().get(0), "LOCK_EX")) {
      assertThat(transaction.isRunning()).isTrue();
      assertThat(rpm.process.isAlive()).isTrue();
    }

    assertThat(transaction.isRunning()).isFalse();
  }

  @Test
  void sees_a_lock_in_rpms_newer_place() throws IOException {
    try (var rpm = new Holder(paths.rpmLocks().get(1), "LOCK_EX")) {
      assertThat(transaction.isRunning()).isTrue();
      assertThat(rpm.process.isAlive()).isTrue();
    }
  }

  @Test
  void ignores_a_query_that_reads_under_a_shared_lock() throws IOException {
    try (var query = new Holder(paths.rpmLocks().get(0), "LOCK_SH")) {
      assertThat(transaction.isRunning()).isFalse();
      assertThat(query.process.isAlive()).isTrue();
    }
  }

  @Test
  void ignores_a_lock_on_another_file() throws IOException {
    Path other = HostFixture.write(paths.root().resolve("other"), "");
    try (var holder = new Holder(other, "LOCK_EX")) {
      assertThat(transaction.isRunning()).isFalse();
      assertThat(holder.process.isAlive()).isTrue();
    }
  }

  @Test
  void ignores_a_lock_that_takes_no_right_to_write() throws IOException {
    try (var anyone = new Holder(paths.rpmLocks().get(0), "r", "flock", "LOCK_EX")) {
      assertThat(transaction.isRunning()).isFalse();
      assertThat(anyone.process.isAlive()).isTrue();
    }
  }

  @Test
  void ignores_a_lock_on_the_same_inode_of_another_filesystem() throws IOException {
    String table;
    try (var rpm = new Holder(paths.rpmLocks().get(0), "LOCK_EX")) {
      table = Files.readString(paths.procLocks());
      assertThat(rpm.process.isAlive()).isTrue();
    }
    Object inode = Files.getAttribute(paths.rpmLocks().get(0), "unix:ino");
    String elsewhere = table.replaceAll("\\S+:\\S+(?=:" + inode + " )", "ff:ff");
    assertThat(elsewhere).contains(" ff:ff:" + inode + " ");

    Files.delete(paths.procLocks());

    Files.writeString(paths.procLocks(), table);
    assertThat(transaction.isRunning()).isTrue();
    Files.writeString(paths.procLocks(), elsewhere);
    assertThat(transaction.isRunning()).isFalse();
  }

  @Test
  void takes_a_lock_on_its_own_filesystem_for_a_transaction() throws IOException {
    Path mounted = Files.createTempFile(Path.of("/dev/shm"), "kmodkeeper", ".rpm.lock");
    Files.delete(paths.rpmLocks().get(1));
    Files.createSymbolicLink(paths.rpmLocks().get(1), mounted);
    try (var rpm = new Holder(mounted, "LOCK_EX")) {
      assertThat(transaction.isRunning()).isTrue();
      assertThat(rpm.process.isAlive()).isTrue();
    } finally {
      Files.delete(mounted);
    }
  }

  @Test
  void leaves_the_lock_alone_when_it_looks() throws IOException {
    transaction.isRunning();

    assertThatCode(() -> new Holder(paths.rpmLocks().get(0), "LOCK_EX").close())
        .doesNotThrowAnyException();
  }

  @Test
  void stops_waiting_when_the_transaction_ends() throws Exception {
    var waiting = new Waiting(transaction);
    try (var rpm = new Holder(paths.rpmLocks().get(0), "LOCK_EX")) {
      waiting.looks(3);
      assertThat(waiting.end).isNotDone();
      assertThat(rpm.process.isAlive()).isTrue();
    }

    assertThat(waiting.end).succeedsWithin(10, TimeUnit.SECONDS);
    assertThat(events.list).isEmpty();
  }

  @Test
  void reports_once_who_holds_the_lock_for_long() throws Exception {
    var waiting = new Waiting(new PackageTransaction(paths, Duration.ZERO));
    try (var rpm = new Holder(paths.rpmLocks().get(0), "LOCK_EX")) {
      String pid = Long.toString(rpm.process.pid());
      lend(pid);

      waiting.looks(3);

      assertThat(events.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .singleElement()
          .asString()
          .startsWith(paths.rpmLocks().get(0) + ": locked by pid " + pid + " (python3");
    }

    assertThat(waiting.end).succeedsWithin(10, TimeUnit.SECONDS);
  }

  /** Somebody who waits for the end of the transaction. */
  private static final class Waiting {
    private final PackageTransaction transaction;
    private final Semaphore looks = new Semaphore(0);
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    Waiting(PackageTransaction transaction) {
      this.transaction = transaction;
    }

    /** Begins, and returns when so many looks have shown a transaction. */
    void looks(int count) throws InterruptedException {
      new Thread(this::await, "waiter").start();
      looks.acquire(count);
    }

    private void await() {
      try {
        transaction.awaitEnd(looks::release);
        end.complete(null);
      } catch (IOException | InterruptedException failed) {
        end.completeExceptionally(failed);
      }
    }
  }

  @Test
  void sees_no_transaction_without_proc() throws IOException {
    Files.delete(paths.procLocks());
    try (var rpm = new Holder(paths.rpmLocks().get(0), "LOCK_EX")) {
      assertThat(transaction.isRunning()).isFalse();
      assertThat(rpm.process.isAlive()).isTrue();
    }
  }
}
