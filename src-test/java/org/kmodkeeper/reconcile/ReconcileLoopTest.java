package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReconcileLoopTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final Path pipe;
  private final Reconciler reconciler;
  private final ReconcileLoop loop;
  private final Looks looks = new Looks();

  ReconcileLoopTest(@TempDir Path root) throws IOException, InterruptedException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    pipe = root.resolve("pipe");
    var mkfifo = Command.of("/usr/bin/mkfifo", pipe.toString());
    assertThat(host.runner().run(mkfifo).succeeded()).isTrue();
    reconciler =
        Reconciler.open(
            host.paths(),
            host.runner(),
            HostFixture.settings(HostFixture.driver("ixgbevf")),
            Clock.systemUTC());
    loop = loop(host, reconciler);
  }

  /** One that looks again only when asked. */
  static ReconcileLoop loop(HostFixture host, Reconciler reconciler) {
    return new ReconcileLoop(
        reconciler, new PackageTransaction(host.paths()), Clock.systemUTC(), Heartbeat.NONE);
  }

  @AfterEach
  void stop() {
    loop.stop();
    looks.close();
  }

  private void awaitRest() throws InterruptedException {
    awaitRest(loop, reconciler);
  }

  static void awaitRest(ReconcileLoop loop, Reconciler reconciler) throws InterruptedException {
    StatePublisher publisher = reconciler.publisher();
    long version = publisher.current().version();
    while (loop.isBusy()) {
      version = publisher.await(version, Duration.ofSeconds(1)).version();
    }
  }

  private Verdict verdict() throws IOException, InterruptedException {
    return reconciler.reader().look().kernels().get(0).drivers().get(0).finding().verdict();
  }

  @Test
  void makes_the_first_pass_without_a_request() throws Exception {
    loop.start();

    awaitRest();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void makes_one_more_pass_for_many_requests_during_one() throws Exception {
    Path open = host.root().resolve("open");
    reconciler.reconfigure(
        HostFixture.settings(
            HostFixture.driver(
                "ixgbevf",
                "echo started > %s; until [ -e %s ]; do sleep 0.01; done; false"
                    .formatted(pipe, open))));
    loop.start();
    assertThat(Files.readAllLines(pipe)).containsExactly("started");

    for (int request = 0; request < 100; request++) {
      loop.lookAgain();
    }
    looks.forget();
    Files.createFile(open);
    awaitRest();

    assertThat(looks.passes()).isEqualTo(1);
  }

  @Test
  void runs_one_pass_for_all_changes_after_a_transaction() throws Exception {
    Files.createDirectories(host.paths().procLocks().getParent());
    Files.createSymbolicLink(host.paths().procLocks(), HostPaths.SYSTEM.procLocks());
    Path lock = HostFixture.write(host.paths().rpmLocks().get(0), "");
    loop.start();
    awaitRest();
    looks.forget();

    try (FileChannel rpm = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      rpm.lock();
      for (int hook = 0; hook < 100; hook++) {
        loop.lookAgainWhenQuiet();
      }
      Thread.sleep(3000);
      assertThat(loop.isBusy()).isTrue();
      assertThat(looks.passes()).isZero();
    }

    awaitRest();
    assertThat(looks.passes()).isEqualTo(1);
  }

  @Test
  void survives_a_failing_pass() throws Exception {
    Path obstacle = Files.createDirectories(host.paths().depmodOverrides());
    loop.start();
    awaitRest();
    assertThat(kernel.file("extra")).doesNotExist();

    Files.delete(obstacle);
    loop.lookAgain();
    awaitRest();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void leaves_no_process_or_module_when_stopped_during_a_build() throws Exception {
    reconciler.reconfigure(
        HostFixture.settings(
            HostFixture.driver("ixgbevf", "sleep 600 & echo $! > " + pipe + "; wait")));
    loop.start();
    String pid = Files.readAllLines(pipe).get(0);

    loop.stop();

    assertThat(isRunning(pid)).isFalse();
    assertThat(kernel.file("extra")).doesNotExist();
    assertThat(host.paths().builds()).isEmptyDirectory();
  }

  @Test
  void counts_a_stopped_build_as_interrupted() throws Exception {
    reconciler.reconfigure(
        HostFixture.settings(
            HostFixture.driver("ixgbevf", "echo started > " + pipe + "; sleep 600")));
    loop.start();
    assertThat(Files.readAllLines(pipe)).containsExactly("started");

    loop.stop();

    assertThat(host.paths().state().resolve("history.jsonl")).content().contains("interrupted");
    assertThat(verdict()).isEqualTo(Verdict.MISSING);
  }

  /** A process that has ended and that nobody has waited for yet does not run. */
  private static boolean isRunning(String pid) throws IOException {
    Path stat = Path.of("/proc").resolve(pid).resolve("stat");
    return Files.exists(stat) && !Files.readString(stat).contains(") Z ");
  }
}
