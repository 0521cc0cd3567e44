package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.OfferedModules;
import org.kmodkeeper.testing.TestModule;

/** What packages of modules come to, on a host that builds nothing. */
class PreflightPackageTest extends PreflightFixture {
  private static final String SYMBOLS = "kernel(netif_rx) = 0x00000001\n";

  private final OfferedModules modules;

  PreflightPackageTest(@TempDir Path root) throws IOException {
    super(root);
    modules = OfferedModules.on(host, OFFERED);
  }

  @BeforeEach
  void build_nothing() throws IOException {
    FileUtils.deleteDirectory(host.paths().sources().toFile());
    FileUtils.deleteDirectory(host.paths().state().toFile());
    host.without("gcc");
    policy = Policy.found("ixgbevf", Policy.Origin.PACKAGE, List.of(Remedy.STORED, Remedy.PACKAGE));
  }

  private PreflightAnswer answer(String driver, Kernel builtFor, TestModule module, String symbols)
      throws Exception {
    modules.offer(
        driver,
        builtFor,
        module.version("1.2"),
        "@ kernel-core base\nkernel-uname-r = " + OFFERED + "\n" + symbols);
    return answer(Depth.BUILD);
  }

  private static TestModule builtFor(Kernel kernel, int crc) {
    return TestModule.named("ixgbevf").builtFor(kernel.release()).calling("netif_rx", crc);
  }

  @Test
  void stores_what_a_package_has_and_says_what_it_was_built_for() throws Exception {
    PreflightAnswer answer = answer("ixgbevf", BUILT, builtFor(BUILT, 1), SYMBOLS);

    assertThat(answer.detail()).isEqualTo("built for " + BUILT + " by direct, CRCs compared: 1");
    assertThat(answer.verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void is_not_ready_by_a_build_for_another_kernel_that_does_not_fit() throws Exception {
    PreflightAnswer answer = answer("ixgbevf", BUILT, builtFor(BUILT, 2), SYMBOLS);

    assertThat(answer.verdict()).isEqualTo(Verdict.NO_COMPILER);
    assertThat(answer.detail()).contains("netif_rx has CRC 0x00000002, expected 0x00000001");
  }

  @Test
  void is_not_ready_by_a_build_for_another_kernel_without_a_proof() throws Exception {
    PreflightAnswer answer = answer("ixgbevf", BUILT, builtFor(BUILT, 1), "");

    assertThat(answer.verdict()).isEqualTo(Verdict.NO_HEADERS);
  }

  @Test
  void stores_nothing_that_another_kernel_was_named_for() throws Exception {
    PreflightAnswer answer = answer("ixgbevf", OFFERED, builtFor(BUILT, 1), SYMBOLS);

    assertThat(answer.verdict()).isEqualTo(Verdict.NO_COMPILER);
    assertThat(answer.detail())
        .contains("the module was built for " + BUILT + ", expected " + OFFERED);
    assertThat(new ArtifactStore(host.paths()).list()).isEmpty();
  }

  @Test
  void stores_nothing_of_another_driver() throws Exception {
    PreflightAnswer answer = answer("e1000e", OFFERED, builtFor(OFFERED, 1), SYMBOLS);

    assertThat(answer.detail()).contains(" by modules: its modules are of e1000e; ");
    assertThat(new ArtifactStore(host.paths()).list()).isEmpty();
  }

  @Test
  void stores_nothing_of_a_package_that_is_no_package() throws Exception {
    answer("ixgbevf", OFFERED, builtFor(OFFERED, 1), SYMBOLS);
    FileUtils.deleteDirectory(host.paths().state().toFile());
    HostFixture.write(modules.file(), "garbage");

    assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.NO_COMPILER);

    assertThat(Files.exists(host.paths().downloads())).isFalse();
  }
}
