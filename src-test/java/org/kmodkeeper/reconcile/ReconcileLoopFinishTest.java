package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** What is still done when the host goes down in the middle of a build. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReconcileLoopFinishTest {
  private final HostFixture host;
  private final InstalledKernel older;
  private final InstalledKernel newer;
  private final Path started;
  private final Path gate;
  private final Reconciler reconciler;
  private final ReconcileLoop loop;
  private final BlockingQueue<Kernel> waitedFor = new LinkedBlockingQueue<>();

  ReconcileLoopFinishTest(@TempDir Path root) throws IOException, InterruptedException {
    host = new HostFixture(root);
    older = host.kernel("6.1.0-1.el9.x86_64").withHeaders();
    newer = host.kernel("6.1.0-2.el9.x86_64");
    host.source("ixgbevf", "1.2");
    started = root.resolve("started");
    gate = root.resolve("gate");
    var mkfifo = Command.of("/usr/bin/mkfifo", started.toString(), gate.toString());
    assertThat(host.runner().run(mkfifo).succeeded()).isTrue();
    // Each build tells that it has begun, and goes on when the gate is opened.
    String make =
        "echo $kernelver >%s; read -r open <%s; make -C $kernel_source_dir M=$PWD modules"
            .formatted(started, gate);
    reconciler =
        Reconciler.open(
            host.paths(),
            host.runner(),
            HostFixture.settings(HostFixture.driver("ixgbevf", make)),
            Clock.systemUTC());
    loop = ReconcileLoopTest.loop(host, reconciler);
  }

  @AfterEach
  void stop() {
    loop.stop();
  }

  private CompletableFuture<Void> finish() {
    return CompletableFuture.runAsync(
        () -> {
          try {
            loop.finish(waitedFor::add);
          } catch (IOException | InterruptedException unexpected) {
            throw new AssertionError(unexpected);
          }
        });
  }

  private void openGate() throws IOException {
    Files.writeString(gate, "open\n");
  }

  @Test
  void works_on_the_kernel_that_boots_next_and_nothing_more() throws Exception {
    newer.withHeaders();
    loop.start();
    assertThat(Files.readAllLines(started)).containsExactly(newer.release());

    CompletableFuture<Void> finished = finish();
    assertThat(waitedFor.take()).isEqualTo(newer.kernel());
    assertThat(finished).isNotDone();
    openGate();
    finished.join();

    assertThat(newer.file("extra/ixgbevf.ko")).exists();
    assertThat(host.paths().logs(older.kernel())).doesNotExist();
    assertThat(loop.isBusy()).isFalse();
  }

  @Test
  void does_not_wait_for_work_on_an_older_kernel() throws Exception {
    loop.start();
    assertThat(Files.readAllLines(started)).containsExactly(older.release());

    finish().join();

    assertThat(waitedFor).isEmpty();
    assertThat(loop.isBusy()).isTrue();
    loop.stop();
    assertThat(older.file("extra")).doesNotExist();
  }

  @Test
  void finishes_work_on_an_older_kernel_that_boots_next() throws Exception {
    olderBootsNext();
    loop.start();
    assertThat(Files.readAllLines(started)).containsExactly(older.release());

    CompletableFuture<Void> finished = finish();
    assertThat(waitedFor.take()).isEqualTo(older.kernel());
    openGate();
    finished.join();

    assertThat(older.file("extra/ixgbevf.ko")).exists();
  }

  private void olderBootsNext() throws IOException, InterruptedException {
    GrubFixture grub = GrubFixture.withBls(host.paths());
    grub.entryFile("id-" + older.release(), older.release());
    grub.edit("set", "saved_entry=id-" + older.release());
  }

  @Test
  void waits_for_an_older_kernel_that_was_made_the_next_one() throws Exception {
    newer.withHeaders();
    loop.start();
    assertThat(Files.readAllLines(started)).containsExactly(newer.release());
    olderBootsNext();

    CompletableFuture<Void> finished = finish();
    assertThat(waitedFor.take()).isEqualTo(older.kernel());
    openGate();
    assertThat(Files.readAllLines(started)).containsExactly(older.release());
    openGate();
    finished.join();

    assertThat(older.file("extra/ixgbevf.ko")).exists();
  }

  @Test
  void limits_a_pending_pass_to_the_kernel_that_boots_next() throws Exception {
    olderBootsNext();
    newer.withHeaders();
    CompletableFuture<Void> finished;
    LockFile operators = LockFile.await(host.paths().changeLock(), () -> {});
    try {
      loop.start();
      finished = finish();
      assertThat(waitedFor.take()).isEqualTo(older.kernel());
    } finally {
      operators.close();
    }
    assertThat(Files.readAllLines(started)).containsExactly(older.release());
    openGate();
    finished.join();

    assertThat(older.file("extra/ixgbevf.ko")).exists();
    assertThat(host.paths().logs(newer.kernel())).doesNotExist();
  }

  @Test
  void ends_with_a_pass_that_ends_while_finishing_begins() throws Exception {
    newer.withHeaders();
    Files.delete(older.file("build"));
    loop.start();
    assertThat(Files.readAllLines(started)).containsExactly(newer.release());

    loop.finish(
        kernel -> {
          try {
            openGate();
            ReconcileLoopTest.awaitRest(loop, reconciler);
            awaitWaiting();
          } catch (IOException | InterruptedException unexpected) {
            throw new AssertionError(unexpected);
          }
        });

    assertThat(newer.file("extra/ixgbevf.ko")).exists();
  }

  /** The loop is at rest already; it waits for something to do. */
  private static void awaitWaiting() {
    Thread reconcile =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("reconcile"))
            .findFirst()
            .orElseThrow();
    while (reconcile.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  @Test
  void waits_for_a_kernel_installed_during_work_on_an_older_one() throws Exception {
    loop.start();
    assertThat(Files.readAllLines(started)).containsExactly(older.release());
    newer.withHeaders();
    loop.lookAgainWhenQuiet();

    CompletableFuture<Void> finished = finish();
    assertThat(waitedFor.take()).isEqualTo(newer.kernel());
    openGate();
    assertThat(Files.readAllLines(started)).containsExactly(newer.release());
    openGate();
    finished.join();

    assertThat(newer.file("extra/ixgbevf.ko")).exists();
  }

  @Test
  void waits_for_what_was_noticed_and_has_not_begun() throws Exception {
    idle();
    newer.withHeaders();
    loop.lookAgainWhenQuiet();

    CompletableFuture<Void> finished = finish();
    assertThat(waitedFor.take()).isEqualTo(newer.kernel());
    assertThat(Files.readAllLines(started)).containsExactly(newer.release());
    openGate();
    finished.join();

    assertThat(newer.file("extra/ixgbevf.ko")).exists();
  }

  /** Nothing can be built. */
  private void idle() throws Exception {
    Files.delete(older.file("build"));
    loop.start();
    ReconcileLoopTest.awaitRest(loop, reconciler);
  }

  @Test
  void waits_for_nothing_where_there_is_nothing_to_do() throws Exception {
    idle();

    finish().join();

    assertThat(waitedFor).isEmpty();
  }
}
