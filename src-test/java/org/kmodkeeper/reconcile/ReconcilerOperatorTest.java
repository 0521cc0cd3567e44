package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** What an operator is doing is waited for, and what one asks for is done. */
class ReconcilerOperatorTest extends ReconcilerFixture {
  @Test
  void builds_only_what_is_required_before_the_network() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    host.source("toy", "1.0");
    Settings both =
        HostFixture.settings(
            HostFixture.driver("toy").found(Policy.Need.OPTIONAL), HostFixture.driver("ixgbevf"));
    reconciler = Reconciler.open(host.paths(), host.runner(), both, clock);

    reconciler.passRequired(kernel.kernel());

    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
    assertThat(kernel.file("extra/toy.ko")).doesNotExist();
  }

  @Test
  void waits_for_an_operators_change() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    var waits = new CountDownLatch(10);
    var runner =
        new CommandRunner(
            host.runner().searchPath(), new Heartbeat(Duration.ofMillis(400), waits::countDown));
    reconciler = restarted(runner);
    LockFile change = LockFile.take(host.paths().changeLock(), "");
    Future<?> pass =
        Executors.newSingleThreadExecutor()
            .submit(
                () -> {
                  runner.heartbeat().begin();
                  return reconciler.pass(() -> false);
                });

    waits.await();
    assertThat(verdict()).isEqualTo(Verdict.MISSING);
    change.close();

    pass.get();
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void rebuilds_on_request_what_is_ready() throws Exception {
    InstalledKernel kernel = readyKernel();
    Object before = Files.getAttribute(kernel.file("extra/ixgbevf.ko"), "unix:ino");
    clock.advance(Duration.ofMinutes(5));

    assertThat(reconciler.requestRebuild(null, "ixgbevf")).isEqualTo(1);
    pass();

    assertThat(Files.getAttribute(kernel.file("extra/ixgbevf.ko"), "unix:ino"))
        .isNotEqualTo(before);
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void keeps_a_request_open_that_comes_at_the_end_of_a_pass() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");

    reconciler
        .publisher()
        .listen(
            state -> {
              if (state.bootable()) {
                clock.advance(Duration.ofMinutes(5));
                requestRebuild();
              }
            });

    pass();

    assertThat(state().plan()).isEqualTo(new Plan.Apply(Remedy.DIRECT));
  }

  private void requestRebuild() {
    try {
      reconciler.requestRebuild(null, "ixgbevf");
    } catch (IOException | InterruptedException unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  @Test
  void matches_nothing_for_an_unknown_kernel_or_driver() throws Exception {
    readyKernel();

    assertThat(reconciler.requestRebuild("9.9.9", null)).isZero();
    assertThat(reconciler.requestRebuild(null, "hello")).isZero();
  }

  @Test
  void uses_a_build_command_of_the_configuration() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    Path source = host.source("ixgbevf", "1.2");
    Files.delete(source.resolve("Makefile"));
    String release = "-DRELEASE='\"" + RELEASE + "\"'";
    reconciler.reconfigure(
        HostFixture.settings(
            HostFixture.driver("ixgbevf", "gcc " + release + " -c ixgbevf.c -o ixgbevf.ko")));

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
  }
}
