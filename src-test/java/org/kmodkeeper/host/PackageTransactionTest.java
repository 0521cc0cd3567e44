package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(30)
class PackageTransactionTest {
  private final HostPaths paths;
  private final PackageTransaction transaction;

  PackageTransactionTest(@TempDir Path root) throws IOException {
    paths = new HostPaths(root);
    transaction = new PackageTransaction(paths);
    Files.createDirectories(paths.procLocks().getParent());
    Files.createSymbolicLink(paths.procLocks(), HostPaths.SYSTEM.procLocks());
    for (Path lock : paths.rpmLocks()) {
      HostFixture.write(lock, "");
    }
  }

  @AfterEach
  void unlink() throws IOException {
    Files.deleteIfExists(paths.procLocks());
  }

  /** Another process that holds a lock as rpm does, with fcntl(2), until it is closed. */
  private static final class Holder implements AutoCloseable {
    private static final String SCRIPT =
        """
        import fcntl, sys
        file = open(sys.argv[1], "r+")
        fcntl.lockf(file, getattr(fcntl, sys.argv[2]))
        print("held", flush=True)
        sys.stdin.read()
        """;

    private final Process process;

    Holder(Path file, String kind) throws IOException {
      process = new ProcessBuilder("/usr/bin/python3", "-c", SCRIPT, file.toString(), kind).start();
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
  void a_lock_file_that_nobody_holds_is_no_transaction() throws IOException {
    assertThat(transaction.isRunning()).isFalse();
  }

  @Test
  void a_write_lock_of_another_process_is_a_transaction_until_it_goes() throws IOException {
    try (var rpm = new Holder(paths.rpmLocks().get(0), "LOCK_EX")) {
      assertThat(transaction.isRunning()).isTrue();
      assertThat(rpm.process.isAlive()).isTrue();
    }

    assertThat(transaction.isRunning()).isFalse();
  }

  @Test
  void rpms_newer_place_of_the_lock_counts_too() throws IOException {
    try (var rpm = new Holder(paths.rpmLocks().get(1), "LOCK_EX")) {
      assertThat(transaction.isRunning()).isTrue();
      assertThat(rpm.process.isAlive()).isTrue();
    }
  }

  @Test
  void a_query_that_reads_under_a_shared_lock_is_no_transaction() throws IOException {
    try (var query = new Holder(paths.rpmLocks().get(0), "LOCK_SH")) {
      assertThat(transaction.isRunning()).isFalse();
      assertThat(query.process.isAlive()).isTrue();
    }
  }

  @Test
  void a_lock_on_another_file_is_no_transaction() throws IOException {
    Path other = HostFixture.write(paths.root().resolve("other"), "");
    try (var holder = new Holder(other, "LOCK_EX")) {
      assertThat(transaction.isRunning()).isFalse();
      assertThat(holder.process.isAlive()).isTrue();
    }
  }

  @Test
  void looking_does_not_take_the_lock() throws IOException {
    transaction.isRunning();

    assertThatCode(() -> new Holder(paths.rpmLocks().get(0), "LOCK_EX").close())
        .doesNotThrowAnyException();
  }

  @Test
  void waiting_ends_with_the_transaction() throws Exception {
    CompletableFuture<Void> waiting;
    try (var rpm = new Holder(paths.rpmLocks().get(0), "LOCK_EX")) {
      waiting = new CompletableFuture<>();
      var waiter = new Thread(() -> await(waiting), "waiter");
      waiter.start();
      while (waiter.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      assertThat(waiting).isNotDone();
      assertThat(rpm.process.isAlive()).isTrue();
    }

    assertThat(waiting).succeedsWithin(10, TimeUnit.SECONDS);
  }

  private void await(CompletableFuture<Void> waiting) {
    try {
      transaction.awaitEnd(() -> {});
      waiting.complete(null);
    } catch (IOException | InterruptedException failed) {
      waiting.completeExceptionally(failed);
    }
  }

  @Test
  void without_proc_no_transaction_is_seen() throws IOException {
    Files.delete(paths.procLocks());
    try (var rpm = new Holder(paths.rpmLocks().get(0), "LOCK_EX")) {
      assertThat(transaction.isRunning()).isFalse();
      assertThat(rpm.process.isAlive()).isTrue();
    }
  }
}
