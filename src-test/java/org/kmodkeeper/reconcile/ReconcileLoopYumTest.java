package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.HostState.Busy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestSettings;

/** A kernel without headers, while a real process holds the lock as yum 3 does. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReconcileLoopYumTest {
  private final HostFixture host;
  private final Reconciler reconciler;
  private final ReconcileLoop loop;
  private final Process yum;

  ReconcileLoopYumTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    host.kernel("6.1.0-1.el9.x86_64");
    host.source("ixgbevf", "1.2");
    reconciler =
        Reconciler.open(
            host.paths(),
            host.runner(),
            TestSettings.of(HostFixture.driver("ixgbevf"))
                .headers(Settings.Headers.FETCHED)
                .settings(),
            Clock.systemUTC());
    loop = ReconcileLoopTest.loop(host, reconciler);
    yum = running(root);
  }

  /** A process of that name, which ends when its input does. */
  private Process running(Path root) throws IOException {
    Path program = Files.copy(Path.of("/usr/bin/cat"), root.resolve("yum-cron"));
    Process process = new ProcessBuilder(program.toString()).start();
    Path own = Path.of("/proc", Long.toString(process.pid()));
    Files.createDirectories(host.paths().processes());
    Files.createSymbolicLink(host.paths().processes().resolve(own.getFileName()), own);
    HostFixture.write(host.paths().yumLock(), process.pid() + "\n");
    return process;
  }

  @AfterEach
  void stop() {
    loop.stop();
    yum.destroyForcibly();
  }

  private DriverState state(HostState host) {
    return host.kernels().get(0).drivers().get(0);
  }

  /** Nothing is fetched below a root, so an attempt is all that can be seen of it. */
  private List<Remedy> tried() {
    return reconciler.reader().history(null, null, 9).stream()
        .filter(Attempt.class::isInstance)
        .map(entry -> ((Attempt) entry).remedy())
        .toList();
  }

  @Test
  void defers_headers_until_yum_ends_and_keeps_waiters_waiting() throws Exception {
    loop.start();
    ReconcileLoopTest.awaitRest(loop, reconciler);

    HostState seen = reconciler.reader().look();
    assertThat(tried()).isEmpty();
    assertThat(seen.busy()).isEqualTo(Busy.WORKING);
    assertThat(seen.activities())
        .singleElement()
        .extracting(Activity::remedy, Activity::doing)
        .containsExactly(Remedy.HEADERS, "waiting for yum (pid " + yum.pid() + ") to end");
    assertThat(state(seen).finding().detail())
        .endsWith("; they are installed after yum (pid " + yum.pid() + ") has ended");
  }

  /** How a yum goes. */
  private enum End {
    AS_IT_SHOULD,
    KILLED
  }

  @ParameterizedTest
  @EnumSource
  void fetches_headers_within_seconds_after_yum_has_ended(End how) throws Exception {
    loop.start();
    ReconcileLoopTest.awaitRest(loop, reconciler);
    assertThat(tried()).isEmpty();
    long ended = System.nanoTime();

    switch (how) {
      case AS_IT_SHOULD -> {
        Files.delete(host.paths().yumLock());
        yum.getOutputStream().close();
      }
      case KILLED -> yum.destroyForcibly().waitFor();
    }

    long version = 0;
    while (tried().isEmpty()) {
      version = reconciler.publisher().await(version, Duration.ofSeconds(1)).version();
    }
    assertThat(tried()).containsExactly(Remedy.HEADERS);
    assertThat(Duration.ofNanos(System.nanoTime() - ended)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void does_not_wait_for_yum_if_no_headers_are_needed() throws Exception {
    host.kernel("6.1.0-2.el9.x86_64").withHeaders();
    loop.start();

    ReconcileLoopTest.awaitRest(loop, reconciler);

    assertThat(tried()).contains(Remedy.DIRECT).doesNotContain(Remedy.HEADERS);
  }
}
