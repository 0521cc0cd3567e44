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
class LoopTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final Path pipe;
  private final Bell bell = new Bell();
  private final Keeper keeper;
  private final Loop loop;

  LoopTest(@TempDir Path root) throws IOException, InterruptedException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    pipe = root.resolve("pipe");
    var mkfifo = Command.of("/usr/bin/mkfifo", pipe.toString());
    assertThat(host.runner().run(mkfifo).succeeded()).isTrue();
    keeper =
        new Keeper(
            host.paths(),
            host.runner(),
            HostFixture.settings(HostFixture.driver("ixgbevf")),
            Clock.systemUTC());
    loop = loop(host, keeper, bell);
  }

  /** One that looks again only when asked. */
  static Loop loop(HostFixture host, Keeper keeper, Bell bell) {
    return new Loop(
        keeper,
        new PackageTransaction(host.paths()),
        () -> Duration.ofHours(1),
        Clock.systemUTC(),
        bell,
        Heartbeat.NONE,
        doing -> {});
  }

  @AfterEach
  void stop() {
    loop.stop();
  }

  private void awaitRest() throws InterruptedException {
    awaitRest(loop, bell);
  }

  static void awaitRest(Loop loop, Bell bell) throws InterruptedException {
    long heard = bell.rings();
    while (loop.isBusy()) {
      bell.await(heard, Duration.ofSeconds(1));
      heard = bell.rings();
    }
  }

  private Verdict verdict() throws IOException, InterruptedException {
    return keeper.look().kernels().get(0).drivers().get(0).finding().verdict();
  }

  @Test
  void the_first_pass_comes_unasked() throws Exception {
    loop.start();

    awaitRest();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void many_requests_during_a_pass_cost_one_more() throws Exception {
    Path open = host.root().resolve("open");
    keeper.reconfigure(
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
    long heard = bell.rings();
    Files.createFile(open);
    awaitRest();

    // The end of the build, of its pass, and of one more.
    assertThat(bell.rings() - heard).isEqualTo(3);
  }

  @Test
  void changes_in_a_transaction_of_packages_are_looked_at_once_after_it() throws Exception {
    Files.createDirectories(host.paths().procLocks().getParent());
    Files.createSymbolicLink(host.paths().procLocks(), HostPaths.SYSTEM.procLocks());
    Path lock = HostFixture.write(host.paths().rpmLocks().get(0), "");
    loop.start();
    awaitRest();
    long heard = bell.rings();

    try (FileChannel rpm = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      rpm.lock();
      for (int hook = 0; hook < 100; hook++) {
        loop.lookAgainWhenQuiet();
      }
      bell.await(heard, Duration.ofSeconds(3));
      assertThat(bell.rings()).isEqualTo(heard);
    }

    bell.await(heard, Duration.ofSeconds(20));
    awaitRest();
    assertThat(bell.rings() - heard).isEqualTo(1);
  }

  @Test
  void a_failing_pass_is_survived() throws Exception {
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
  void stopping_in_the_middle_of_a_build_leaves_no_process_and_no_module() throws Exception {
    keeper.reconfigure(
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
  void a_stopped_build_counts_as_interrupted() throws Exception {
    keeper.reconfigure(
        HostFixture.settings(
            HostFixture.driver("ixgbevf", "echo started > " + pipe + "; sleep 600")));
    loop.start();
    assertThat(Files.readAllLines(pipe)).containsExactly("started");

    loop.stop();

    assertThat(host.paths().state().resolve("ledger.jsonl")).content().contains("interrupted");
    assertThat(verdict()).isEqualTo(Verdict.MISSING);
  }

  /** A process that has ended and that nobody has waited for yet does not run. */
  private static boolean isRunning(String pid) throws IOException {
    Path stat = Path.of("/proc").resolve(pid).resolve("stat");
    return Files.exists(stat) && !Files.readString(stat).contains(") Z ");
  }
}
