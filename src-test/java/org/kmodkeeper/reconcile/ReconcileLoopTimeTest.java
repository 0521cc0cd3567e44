package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;

/** When the loop looks again; its clock moves only when it is told to. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReconcileLoopTimeTest {
  private static final Duration RESYNC = Duration.ofHours(1);

  private final HostFixture host;
  private final TestClock clock = new TestClock();
  private final Semaphore beats = new Semaphore(0);
  private final Looks looks = new Looks();
  private final Reconciler reconciler;
  private final ReconcileLoop loop;

  ReconcileLoopTimeTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    host.kernel("6.1.0-1.el9.x86_64");
    reconciler =
        Reconciler.open(
            host.paths(),
            host.runner(),
            HostFixture.settings(HostFixture.driver("ixgbevf")),
            clock);
    loop =
        new ReconcileLoop(
            reconciler,
            new PackageTransaction(host.paths()),
            clock,
            new Heartbeat(Duration.ofMillis(4), beats::release));
  }

  @BeforeEach
  void start_and_rest() throws InterruptedException {
    loop.start();
    await(1);
  }

  @AfterEach
  void stop() {
    loop.stop();
    looks.close();
  }

  /** Waits until so many passes have come to their end. */
  private void await(int passes) throws InterruptedException {
    long version = 0;
    while (looks.passes() < passes || loop.isBusy()) {
      version = reconciler.publisher().await(version, Duration.ofSeconds(1)).version();
    }
  }

  @Test
  void waits_no_longer_after_a_clock_is_set_back() throws Exception {
    clock.advance(Duration.ofDays(-30));
    assertIsStillAtRest(1);

    clock.advance(RESYNC);

    await(2);
  }

  /** The loop has looked at the clock, and found that it is not yet time. */
  private void assertIsStillAtRest(int passes) throws InterruptedException {
    beats.drainPermits();
    // The first may have been due already when the clock was changed.
    beats.acquire(3);
    assertThat(looks.passes()).isEqualTo(passes);
  }

  @Test
  void makes_a_pass_without_a_request_when_the_time_has_come() throws Exception {
    clock.advance(RESYNC.minusSeconds(1));
    assertIsStillAtRest(1);

    clock.advance(Duration.ofSeconds(1));

    await(2);
  }

  @Test
  void makes_a_pass_after_two_seconds_without_a_change() throws Exception {
    loop.lookAgainWhenQuiet();
    clock.advance(Duration.ofMillis(1900));
    assertIsStillAtRest(1);
    loop.lookAgainWhenQuiet();
    clock.advance(Duration.ofMillis(1900));
    assertIsStillAtRest(1);

    clock.advance(Duration.ofMillis(100));

    await(2);
    clock.advance(Duration.ofMinutes(1));
    assertIsStillAtRest(2);
  }

  @Test
  void makes_a_pass_every_minute_despite_endless_changes() throws Exception {
    for (int second = 0; second < 59; second++) {
      loop.lookAgainWhenQuiet();
      clock.advance(Duration.ofSeconds(1));
    }
    assertIsStillAtRest(1);
    loop.lookAgainWhenQuiet();

    clock.advance(Duration.ofSeconds(1));

    await(2);
  }

  @Test
  void makes_a_pass_a_minute_after_one_that_failed() throws Exception {
    Files.createDirectories(host.paths().depmodOverrides());
    loop.lookAgain();
    await(2);

    clock.advance(Duration.ofSeconds(59));
    assertIsStillAtRest(2);
    clock.advance(Duration.ofSeconds(1));

    await(3);
  }
}
