package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.LockFile;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** Below a temporary root, with the real compiler, depmod and modprobe, and without dkms. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(60)
class PrepareCommandTest {
  private static final String RELEASE = TestTerminal.KERNEL;

  private final HostFixture image;
  private final TestTerminal terminal;

  PrepareCommandTest(@TempDir Path root) throws IOException {
    image = new HostFixture(root);
    terminal = new TestTerminal(root);
  }

  private InstalledKernel kernelWithDriver(String settings) throws IOException {
    image.source("nic", "1");
    HostFixture.write(
        image.paths().driverConfiguration("nic"), "[driver]\nremedies = direct\n" + settings);
    return image.kernel(RELEASE).withHeaders();
  }

  private Path module() {
    return image.paths().extra(new Kernel(RELEASE)).resolve("nic.ko");
  }

  @Test
  void makes_a_driver_ready_and_leaves_nothing_in_run() throws Exception {
    kernelWithDriver("");

    assertThat(terminal.run("prepare")).isZero();

    assertThat(terminal.out())
        .isEqualTo(
            "kernel %s: driver nic 1: ready: %s%n1 kernel, bootable%n"
                .formatted(RELEASE, module()));
    assertThat(module()).exists();
    assertThat(image.paths().run()).doesNotExist();
  }

  @Test
  void fails_for_a_driver_that_no_device_uses_yet() throws Exception {
    kernelWithDriver("");
    HostFixture.write(image.paths().sources().resolve("nic-1/nic.c"), "#error broken\n");

    assertThat(terminal.run("prepare")).isEqualTo(Verdict.BUILD_FAILED.exitStatus());

    assertThat(terminal.out()).startsWith("kernel " + RELEASE + ": driver nic: build-failed: ");
    assertThat(terminal.out().lines()).hasSize(1);
  }

  @Test
  void succeeds_without_a_driver_that_is_not_required() throws Exception {
    kernelWithDriver("required = no\n");
    HostFixture.write(image.paths().sources().resolve("nic-1/nic.c"), "#error broken\n");

    assertThat(terminal.run("prepare")).isZero();
  }

  @Test
  void tries_again_at_once() throws Exception {
    kernelWithDriver("");
    Path flag = HostFixture.write(image.root().resolve("flag.h"), "");
    HostFixture.write(
        image.paths().sources().resolve("nic-1/nic.c"),
        "#if __has_include(\""
            + flag
            + "\")\n#error not yet\n#endif\n"
            + TestModule.named("nic").version("1").source());
    assertThat(terminal.run("prepare")).isNotZero();
    Files.delete(flag);

    assertThat(terminal.run("prepare")).isZero();
  }

  @Test
  void does_not_ask_which_kernel_runs() throws Exception {
    kernelWithDriver("");
    String running = "6.1.0-9.el9.x86_64";
    image.kernel(running);
    Files.delete(image.paths().tree(new Kernel(running)).resolve("vmlinuz"));
    HostFixture.write(image.paths().runningRelease(), running + "\n");
    HostFixture.write(image.paths().kernelCommandLine(), "module.sig_enforce=1\n");

    assertThat(terminal.run("prepare")).isZero();

    assertThat(terminal.out()).doesNotContain(running);
  }

  @Test
  void refuses_an_image_without_a_kernel() {
    assertThat(terminal.run("prepare")).isEqualTo(ExitStatus.NOT_FOUND.code());

    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: no kernel is installed in /lib/modules: install the image's kernel"
                + " first\n");
    assertThat(image.paths().run()).doesNotExist();
  }

  @Test
  void refuses_an_image_without_a_driver() throws Exception {
    image.kernel(RELEASE);

    assertThat(terminal.run("prepare")).isEqualTo(ExitStatus.NOT_FOUND.code());

    assertThat(terminal.err()).startsWith("kmodkeeper: no driver is set up in this image: ");
  }

  @Test
  void says_which_driver_it_passes_over() throws Exception {
    kernelWithDriver("");
    HostFixture.write(image.paths().driverConfiguration("ixgbevf"), "[driver]\n");

    assertThat(terminal.run("prepare")).isZero();

    assertThat(terminal.out())
        .startsWith(
            "kernel %s: driver ixgbevf: not-set-up, passed over: no source of ixgbevf on this host"
                .formatted(RELEASE));
  }

  @Test
  void refuses_where_a_daemon_runs() throws Exception {
    kernelWithDriver("");
    LockFile held = LockFile.tryTake(image.paths().instanceLock()).orElseThrow();

    assertThat(terminal.run("prepare")).isEqualTo(ExitStatus.FAILURE.code());

    held.close();
    assertThat(terminal.err())
        .isEqualTo(
            "kmodkeeper: %s: held by a daemon or another prepare on this root; on a host that runs:"
                    .formatted(image.paths().instanceLock())
                + " kmodkeeper rebuild && kmodkeeper wait\n");
    assertThat(module()).doesNotExist();
  }
}
