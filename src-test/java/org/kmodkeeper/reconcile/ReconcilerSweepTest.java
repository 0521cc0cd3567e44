package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestSettings;

/** What an erased kernel or a killed daemon left is cleared away, if it is ours. */
class ReconcilerSweepTest extends ReconcilerFixture {
  @Test
  void cleans_up_an_erased_kernel() throws Exception {
    InstalledKernel kernel = readyKernel();
    kernel.erase();

    pass();

    assertThat(reconciler.reader().look().kernels()).isEmpty();
    assertThat(kernel.tree()).doesNotExist();
  }

  @Test
  void stops_work_on_a_kernel_that_is_erased_during_a_build() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    HostFixture.write(
        kernel.headers().resolve("Makefile"),
        "modules:\n\trm -r %s %s/*; false\n".formatted(kernel.headers(), kernel.tree()));
    reconciler =
        Reconciler.open(
            host.paths(),
            host.runner(),
            TestSettings.of(HostFixture.driver("ixgbevf"))
                .headers(Settings.Headers.FETCHED)
                .settings(),
            clock);

    pass();

    assertThat(kernel.headers()).doesNotExist();
    assertThat(reconciler.reader().history(RELEASE, null, 9))
        .extracting(entry -> entry.line().replaceFirst("after.*", ""))
        .containsExactly(
            "kernel "
                + RELEASE
                + ": driver ixgbevf 1.2: verdict missing: ixgbevf 1.2 is not in the kernel's tree",
            "kernel " + RELEASE + ": driver ixgbevf 1.2: remedy direct ended ");
  }

  @Test
  void keeps_what_another_hand_left_in_an_erased_kernels_tree() throws Exception {
    InstalledKernel kernel = readyKernel();
    Path foreign = HostFixture.write(kernel.file("extra/vendor/other.ko"), "not ours");
    kernel.erase();

    pass();

    assertThat(foreign).exists();
    assertThat(kernel.file("extra/ixgbevf.ko")).doesNotExist();
  }

  @Test
  void keeps_the_driver_of_a_kernel_whose_image_cannot_be_seen() throws Exception {
    InstalledKernel kernel = readyKernel();
    Files.delete(kernel.file("vmlinuz"));

    pass();

    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
    assertThat(host.paths().logs(kernel.kernel())).isNotEmptyDirectory();
  }

  @Test
  void removes_the_logs_of_a_kernel_with_it() throws Exception {
    InstalledKernel kernel = readyKernel();
    assertThat(host.paths().logs(kernel.kernel())).isNotEmptyDirectory();
    pass();
    assertThat(host.paths().logs(kernel.kernel())).isNotEmptyDirectory();
    kernel.erase();

    pass();

    assertThat(host.paths().logs(kernel.kernel())).doesNotExist();
  }

  @Test
  void leaves_a_module_that_was_changed_since_it_was_installed() throws Exception {
    InstalledKernel kernel = readyKernel();
    Files.writeString(kernel.file("extra/ixgbevf.ko"), "changed by another hand");
    kernel.erase();

    pass();

    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
  }

  @Test
  void removes_a_build_of_a_killed_daemon() throws Exception {
    InstalledKernel kernel = readyKernel();
    HostFixture.write(host.paths().builds().resolve("x/half.o"), "");
    HostFixture.write(kernel.file("extra/ixgbevf.ko.kmodkeeper-new"), "half");

    reconciler = restarted();
    reconciler.recover();

    assertThat(host.paths().builds()).doesNotExist();
    assertThat(kernel.file("extra").toFile().list()).containsExactly("ixgbevf.ko");
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void removes_the_headers_of_a_killed_preflight() throws Exception {
    Path left = HostFixture.write(host.paths().downloads().resolve("kernel-devel.rpm"), "half");
    reconciler.recover();
    assertThat(left).doesNotExist();

    HostFixture.write(left, "of one that runs");
    LockFile held = LockFile.tryTake(host.paths().preflightLock()).orElseThrow();
    reconciler.recover();
    held.close();

    assertThat(left).exists();
  }

  @Test
  void makes_a_driver_ready_whatever_is_in_place_of_kept_answers() throws Exception {
    Files.createDirectories(host.paths().state().resolve("preflight.json"));

    readyKernel();
  }
}
