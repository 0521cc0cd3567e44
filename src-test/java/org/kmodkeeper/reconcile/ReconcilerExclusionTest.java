package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Finding;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;
import org.kmodkeeper.testing.TestSettings;

/** A driver that is ready for one kernel, and whose dkms.conf excludes the next one. */
class ReconcilerExclusionTest extends ReconcilerFixture {
  private static final String LINE = "BUILD_EXCLUSIVE_KERNEL=\"^6\\.1\\.\"\n";
  private static final String NEXT = "6.2.0-1.el9.x86_64";

  private InstalledKernel next;

  @BeforeEach
  void one_kernel_has_the_driver() throws Exception {
    host.kernel(RELEASE).withHeaders();
    conf(LINE);
    next = host.kernel(NEXT).depmod();
    pass();
    assertThat(reconciler.reader().look().kernels().get(1).drivers().get(0).finding().verdict())
        .isEqualTo(Verdict.READY);
  }

  private void conf(String line) throws IOException {
    Path source = host.source("ixgbevf", "1.2");
    HostFixture.write(
        source.resolve("dkms.conf"),
        "PACKAGE_NAME=ixgbevf\nPACKAGE_VERSION=1.2\nBUILT_MODULE_NAME[0]=ixgbevf\n"
            + "DEST_MODULE_LOCATION[0]=/extra\n"
            + line);
  }

  private void settings(Settings settings) throws IOException {
    reconciler = Reconciler.open(host.paths(), host.runner(), settings, clock);
  }

  private void inTree() throws IOException, InterruptedException {
    TestModule.named("ixgbevf").inTree().builtFor(NEXT).at(next.file("kernel/drivers/ixgbevf.ko"));
    next.depmod();
  }

  @Test
  void is_unsupported_and_its_kernel_not_bootable() throws Exception {
    Finding finding = state().finding();

    assertThat(finding.verdict()).isEqualTo(Verdict.UNSUPPORTED);
    assertThat(finding.detail()).contains("BUILD_EXCLUSIVE_KERNEL=^6\\.1\\.");
    assertThat(finding.advice()).contains("boot-excluded = yes");
    assertThat(reconciler.reader().look().bootable()).isFalse();
  }

  @Test
  void is_the_same_if_only_that_kernel_is_observed() throws Exception {
    DriverState state = state();
    assertThat(state.finding().verdict()).isEqualTo(Verdict.UNSUPPORTED);

    assertThat(reconciler.reader().look(next.kernel()).drivers()).containsExactly(state);
    assertThat(reconciler.reader().explain(NEXT, "ixgbevf").get(0).state()).isEqualTo(state);
  }

  @Test
  void is_excluded_where_modprobe_would_load_the_kernels_own() throws Exception {
    inTree();

    assertThat(verdict()).isEqualTo(Verdict.EXCLUDED);
    assertThat(reconciler.reader().look().bootable()).isTrue();
  }

  @Test
  void is_excluded_where_the_kernel_has_the_driver_built_in() throws Exception {
    Files.writeString(next.file("modules.builtin"), "kernel/drivers/ixgbevf.ko\n");
    next.depmod();

    assertThat(verdict()).isEqualTo(Verdict.EXCLUDED);
  }

  @Test
  void is_unsupported_where_the_kernels_own_is_blacklisted() throws Exception {
    inTree();
    GrubFixture.withBls(host.paths(), RELEASE)
        .entryFile("0123456789abcdef-" + NEXT, NEXT, "ro modprobe.blacklist=ixgbevf");

    assertThat(verdict()).isEqualTo(Verdict.UNSUPPORTED);
  }

  @Test
  void is_excluded_where_no_kernel_has_the_driver() throws Exception {
    Files.delete(
        host.paths()
            .tree(reconciler.reader().look().kernels().get(1).kernel())
            .resolve("extra/ixgbevf.ko"));
    new InstalledKernel(host.paths(), reconciler.reader().look().kernels().get(1).kernel())
        .depmod();
    conf("BUILD_EXCLUSIVE_KERNEL=\"^5\"\n");

    assertThat(verdict()).isEqualTo(Verdict.EXCLUDED);
    assertThat(reconciler.reader().look().bootable()).isTrue();
  }

  @Test
  void stays_unsupported_if_another_excluded_kernel_has_a_module() throws Exception {
    var old =
        new InstalledKernel(host.paths(), reconciler.reader().look().kernels().get(1).kernel());
    Files.delete(old.file("extra/ixgbevf.ko"));
    TestModule.named("ixgbevf")
        .inTree()
        .builtFor(RELEASE)
        .at(old.file("kernel/drivers/ixgbevf.ko"));
    old.depmod();
    conf("BUILD_EXCLUSIVE_KERNEL=\"^5\"\n");

    assertThat(verdict()).isEqualTo(Verdict.UNSUPPORTED);
    assertThat(reconciler.reader().look().kernels().get(1).bootable()).isTrue();
  }

  @Test
  void is_excluded_where_the_driver_is_not_required() throws Exception {
    settings(HostFixture.settings(HostFixture.driver("ixgbevf").found(Policy.Need.OPTIONAL)));

    assertThat(verdict()).isEqualTo(Verdict.EXCLUDED);
  }

  @Test
  void is_bootable_where_the_operator_says_so() throws Exception {
    settings(
        TestSettings.of(HostFixture.driver("ixgbevf"))
            .excluded(Settings.Excluded.BOOTABLE)
            .settings());

    assertThat(verdict()).isEqualTo(Verdict.EXCLUDED);
    assertThat(reconciler.reader().look().bootable()).isTrue();
  }
}
