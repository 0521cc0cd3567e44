package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** Each kernel's own command line counts for it. */
class ReconcilerBootOptionsTest extends ReconcilerFixture {
  private static final String RUNNING = "6.1.0-0.el9.x86_64";
  private static final String ADVICE =
      "remove it from the boot entry's options; for the running kernel that takes effect after a"
          + " reboot";

  private GrubFixture grub;
  private InstalledKernel kernel;

  @BeforeEach
  void a_ready_kernel_that_does_not_run() throws Exception {
    kernel = readyKernel();
    HostFixture.write(host.paths().runningRelease(), RUNNING + "\n");
    grub = GrubFixture.withBls(host.paths(), RELEASE);
  }

  private void options(String options) throws IOException {
    grub.entryFile("0123456789abcdef-" + RELEASE, RELEASE, "root=/dev/vda1 ro " + options);
  }

  @Test
  void guards_the_default_again_soon_where_it_could_not() throws Exception {
    assertThat(reconciler.pass(() -> false)).isEmpty();
    Path state = host.paths().state().resolve("guard.json");
    Files.delete(state);
    Files.createDirectory(state);

    assertThat(reconciler.pass(() -> false)).contains(clock.instant().plusSeconds(60));

    Files.delete(state);
    assertThat(reconciler.pass(() -> false)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"module_blacklist=a,ixgbevf", "modprobe.blacklist=ixgbevf"})
  void calls_blacklisted_what_its_own_entry_keeps_from_loading(String word) throws Exception {
    assertThat(verdict()).isEqualTo(Verdict.READY);

    options(word);

    assertThat(verdict()).isEqualTo(Verdict.BLACKLISTED);
    assertThat(state().finding().detail())
        .endsWith(word + " in boot entry Red Hat Enterprise Linux (" + RELEASE + ") 9");
    assertThat(state().finding().advice()).isEqualTo(ADVICE);
  }

  @Test
  void calls_an_absent_module_missing_whatever_its_entry_says() throws Exception {
    options("modprobe.blacklist=ixgbevf");
    Files.delete(kernel.file("extra/ixgbevf.ko"));
    kernel.depmod();

    assertThat(verdict()).isNotEqualTo(Verdict.BLACKLISTED);
  }

  @Test
  void ignores_an_entry_that_an_operator_made_of_it() throws Exception {
    grub.entryFile("0123456789abcdef-" + RELEASE + "~custom", RELEASE, "module_blacklist=ixgbevf");

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void applies_the_running_kernels_command_line_to_that_alone() throws Exception {
    HostFixture.write(host.paths().kernelCommandLine(), "ro module_blacklist=ixgbevf\n");
    assertThat(verdict()).isEqualTo(Verdict.READY);

    HostFixture.write(host.paths().runningRelease(), RELEASE + "\n");

    assertThat(state().finding())
        .isEqualTo(
            new Finding(
                Verdict.BLACKLISTED,
                "the kernel refuses ixgbevf: module_blacklist=ixgbevf in "
                    + host.paths().kernelCommandLine(),
                ADVICE));
  }

  @Test
  void evaluates_the_running_kernels_next_boot_by_its_entry() throws Exception {
    HostFixture.write(host.paths().runningRelease(), RELEASE + "\n");
    HostFixture.write(host.paths().kernelCommandLine(), "ro\n");

    options("module_blacklist=ixgbevf");

    assertThat(verdict()).isEqualTo(Verdict.BLACKLISTED);
  }

  @Test
  void shows_the_word_in_explain() throws Exception {
    options("module_blacklist=ixgbevf");

    List<VerdictDetails> evidence = reconciler.reader().explain(RELEASE, "ixgbevf");

    assertThat(evidence.get(0).settings().get("ixgbevf"))
        .containsExactly(
            "boot entry Red Hat Enterprise Linux ("
                + new Kernel(RELEASE)
                + ") 9: module_blacklist=ixgbevf");
  }
}
