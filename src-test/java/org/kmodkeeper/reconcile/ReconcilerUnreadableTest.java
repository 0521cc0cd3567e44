package org.kmodkeeper.reconcile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** What cannot be read leaves its own driver or kernel unknown, and stops no other. */
class ReconcilerUnreadableTest extends ReconcilerFixture {
  @Test
  void reports_one_damaged_dkms_conf_and_handles_the_others() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    HostFixture.write(host.source("broken", "1").resolve("dkms.conf"), "if true; then\n");
    reconciler.reconfigure(
        HostFixture.settings(HostFixture.driver("broken"), HostFixture.driver("ixgbevf")));

    pass();

    List<DriverState> drivers = reconciler.reader().look().kernels().get(0).drivers();
    assertThat(drivers.get(0).finding().verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(drivers.get(0).finding().detail())
        .startsWith("cannot read its dkms.conf: ")
        .contains("broken-1/dkms.conf");
    assertThat(drivers.get(1).finding().verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void calls_a_driver_with_unreadable_dkms_conf_unknown() throws Exception {
    readyKernel();
    Path conf = host.paths().sources().resolve("ixgbevf-1.2/dkms.conf");
    HostFixture.write(conf, "if true; then\n");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(state().plan()).isInstanceOf(Plan.Retry.class);
    assertThat(reconciler.reader().look().bootable()).isFalse();
    assertThat(reconciler.reader().history(null, null, 9))
        .filteredOn(Attempt.class::isInstance)
        .hasSize(1);

    HostFixture.write(conf, "BUILT_MODULE_NAME[0]=ixgbevf\n");
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void lets_configured_modules_be_ready_without_dkms_conf() throws Exception {
    readyKernel();
    reconciler.reconfigure(HostFixture.settings(withModules(HostFixture.driver("ixgbevf"))));

    HostFixture.write(
        host.paths().sources().resolve("ixgbevf-1.2/dkms.conf"), "if BUILD_EXCLUSIVE; then\n");

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  private static Policy withModules(Policy policy) {
    return new Policy(
        policy.name(),
        policy.origin(),
        null,
        List.of(policy.name()),
        policy.need(),
        policy.remedies(),
        null,
        policy.reuse());
  }

  @ParameterizedTest
  @ValueSource(strings = {"symvers.gz", "config"})
  void calls_only_the_kernel_with_an_unreadable_file_unknown(String file) throws Exception {
    InstalledKernel kernel = host.kernel("6.1.0-2.el9.x86_64").withHeaders();
    readyKernel();
    if (file.equals("config")) {
      Files.createDirectory(kernel.file(file));
    } else {
      Files.write(kernel.file(file), new byte[] {0x1f, (byte) 0x8b, 8, 0, 0});
    }

    pass();

    List<KernelState> kernels = reconciler.reader().look().kernels();
    DriverState unknown = kernels.get(0).drivers().get(0);
    assertThat(unknown.finding().verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(unknown.finding().detail())
        .contains(file.equals("config") ? "" : "symvers.gz is damaged");
    assertThat(unknown.plan()).isInstanceOf(Plan.Retry.class);
    assertThat(kernels.get(0).bootable()).isFalse();
    assertThat(kernels.get(1).drivers().get(0).finding().verdict()).isEqualTo(Verdict.READY);
    assertThat(reconciler.reader().history(kernel.release(), null, 9))
        .filteredOn(Attempt.class::isInstance)
        .hasSize(1);
  }

  @Test
  void continues_past_a_kernel_without_its_list_of_modules() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    TestModule.named("stray").inTree().builtFor(RELEASE).at(kernel.file("extra/stray.ko"));
    Files.delete(kernel.file("modules.order"));

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(kernel.file("extra/stray.ko")).exists();
  }

  @Test
  void reads_a_dkms_conf_in_another_encoding_like_any_other() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Path conf = host.source("ixgbevf", "1.2").resolve("dkms.conf");
    Files.writeString(conf, "# J\u00f6rg\nBUILT_MODULE_NAME[0]=ixgbevf\n", ISO_8859_1);
    reconciler.reconfigure(HostFixture.settings(withModules(HostFixture.driver("ixgbevf"))));

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }
}
