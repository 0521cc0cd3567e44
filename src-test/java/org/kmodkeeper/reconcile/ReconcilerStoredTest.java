package org.kmodkeeper.reconcile;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** What was built for one kernel makes the driver ready for others where it fits. */
class ReconcilerStoredTest extends ReconcilerFixture {
  private static final String NEWER = "6.1.0-2.el9.x86_64";
  private static final String SAME = "0x00000001 netif_rx vmlinux";
  private static final String OTHER = "0x01a002b3 netif_rx vmlinux";

  /** Makes ixgbevf ready for a kernel with headers, by a build. */
  private InstalledKernel build() throws IOException, InterruptedException {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders().withModversions(SAME);
    source(TestModule.named("ixgbevf").version("1.2").calling("netif_rx", 1));
    pass();
    assertThat(verdict()).isEqualTo(Verdict.READY);
    return kernel;
  }

  private Path source(TestModule module) throws IOException {
    Path source = host.source("ixgbevf", "1.2");
    Files.writeString(source.resolve("ixgbevf.c"), module.source());
    return source;
  }

  private void reuse(Reuse reuse) throws IOException {
    Policy driver = HostFixture.driver("ixgbevf");
    Settings settings =
        HostFixture.settings(
            new Policy(
                driver.name(),
                driver.origin(),
                null,
                List.of(),
                driver.need(),
                driver.remedies(),
                null,
                reuse));
    reconciler = Reconciler.open(host.paths(), host.runner(), settings, clock);
  }

  /** A kernel without headers has the module, which kmodkeeper did not install. */
  private void builtByOthers() throws IOException, InterruptedException {
    InstalledKernel kernel = host.kernel(RELEASE).withModversions(SAME);
    TestModule.named("ixgbevf")
        .version("1.2")
        .builtFor(RELEASE + " modversions")
        .at(kernel.file("extra/ixgbevf.ko"));
    kernel.depmod();
  }

  private Path installed() {
    return host.paths().extra(new Kernel(NEWER)).resolve("ixgbevf.ko");
  }

  private String builtFor() throws Exception {
    return new ModuleReader().read(installed()).vermagic().split(" ", -1)[0];
  }

  @Test
  void serves_a_kernel_with_equal_symbols_without_headers() throws Exception {
    build();
    host.kernel(NEWER).withModversions(SAME);
    host.without("gcc");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(state().last())
        .extracting(Attempt::remedy, Attempt::outcome)
        .containsExactly(Remedy.STORED, Attempt.Outcome.INSTALLED);
    assertThat(installed()).isRegularFile();
    assertThat(new InstallReceipts(host.paths()).read(new Kernel(NEWER), "ixgbevf").orElseThrow())
        .extracting(InstallReceipts.Receipt::origin)
        .isEqualTo("built for " + RELEASE + " by direct, CRCs compared: 1");
  }

  @Test
  void refuses_a_kernel_with_another_crc_and_names_both() throws Exception {
    build();
    host.kernel(NEWER).withModversions(OTHER);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NO_HEADERS);
    assertThat(state().finding().detail())
        .contains("netif_rx has CRC 0x00000001, expected 0x01a002b3");
    assertThat(installed()).doesNotExist();
  }

  @Test
  void refuses_a_kernel_of_another_variant() throws Exception {
    build();
    host.kernel("6.1.0-2.el9.x86_64+debug").withModversions(SAME);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NO_HEADERS);
  }

  @Test
  void is_followed_by_the_kernels_own_build_where_there_are_headers() throws Exception {
    build();
    host.kernel(NEWER).withHeaders().withModversions(SAME);

    pass();

    assertThat(reconciler.reader().look().kernels().get(0).drivers().get(0).finding().verdict())
        .isEqualTo(Verdict.READY);
    assertThat(state().last()).extracting(Attempt::remedy).isEqualTo(Remedy.DIRECT);
    assertThat(builtFor()).isEqualTo(NEWER);
  }

  @Test
  void stays_where_the_operator_is_content_with_it() throws Exception {
    build();
    host.kernel(NEWER).withHeaders().withModversions(SAME);
    reuse(Reuse.YES);

    pass();

    assertThat(builtFor()).isEqualTo(RELEASE);
  }

  @Test
  void is_not_tried_where_the_operator_does_not_want_it() throws Exception {
    build();
    host.kernel(NEWER).withModversions(SAME);
    reuse(Reuse.NO);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NO_HEADERS);
  }

  @Test
  void keeps_the_driver_ready_if_the_kernels_own_build_fails() throws Exception {
    build();
    host.kernel(NEWER).withHeaders().withModversions(SAME);
    Files.writeString(
        host.paths().tree(new Kernel(NEWER)).resolve("build/Makefile"), "modules:\n\tfalse\n");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(builtFor()).isEqualTo(RELEASE);
  }

  @Test
  void lets_a_kernel_that_arrives_interrupt_the_kernels_own_build() throws Exception {
    build();
    host.kernel(NEWER).withHeaders().withModversions(SAME);
    var third = new Kernel("6.1.0-3.el9.x86_64");
    host.kernel(third.release()).withModversions(SAME);
    Path tree = host.paths().tree(third);
    Path aside = Files.move(tree, host.root().resolve("aside"));
    Files.writeString(
        host.paths().tree(new Kernel(NEWER)).resolve("build/Makefile"),
        "modules:\n\t/bin/mv %s %s && /bin/sleep 600\n".formatted(aside, tree));

    pass();

    assertThat(tree).isDirectory();
    assertThat(reconciler.reader().look().kernels().get(1).drivers().get(0).last())
        .extracting(Attempt::outcome)
        .isEqualTo(Attempt.Outcome.INTERRUPTED);
    Files.writeString(
        host.paths().tree(new Kernel(NEWER)).resolve("build/Makefile"), "modules:\n\tfalse\n");
    pass();
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void brings_back_a_module_that_was_deleted() throws Exception {
    InstalledKernel kernel = build();
    Files.delete(kernel.file("extra/ixgbevf.ko"));
    host.without("gcc");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(state().last()).extracting(Attempt::remedy).isEqualTo(Remedy.STORED);
  }

  @Test
  void refuses_a_module_that_was_changed_in_the_store() throws Exception {
    build();
    Path stored = new ArtifactStore(host.paths()).list().get(0).directory().resolve("ixgbevf.ko");
    byte[] bytes = Files.readAllBytes(stored);
    bytes[bytes.length / 2] ^= 1;
    Files.write(stored, bytes);
    host.kernel(NEWER).withModversions(SAME);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NO_HEADERS);
    assertThat(state().finding().detail()).contains("its ixgbevf.ko was changed");
  }

  @Test
  void refuses_a_build_of_an_older_source() throws Exception {
    build();
    source(TestModule.named("ixgbevf").version("1.2").calling("netif_rx", 1).sourceVersion("2"));
    host.kernel(NEWER).withModversions(SAME);

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NO_HEADERS);
    assertThat(state().finding().detail()).contains("source has changed since");
  }

  @Test
  void stores_nothing_that_is_older_than_the_source() throws Exception {
    builtByOthers();
    host.source("ixgbevf", "1.2");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(new ArtifactStore(host.paths()).list()).isEmpty();
  }

  @Test
  void stores_what_others_have_built() throws Exception {
    host.source("ixgbevf", "1.2");
    builtByOthers();

    pass();

    assertThat(new ArtifactStore(host.paths()).list())
        .singleElement()
        .extracting(entry -> requireNonNull(entry.artifact()).manifest().origin())
        .isEqualTo("built for " + RELEASE);
  }

  @Test
  void leaves_what_others_have_put_there_for_this_kernel() throws Exception {
    host.source("ixgbevf", "1.2");
    InstalledKernel kernel = host.kernel(NEWER).withHeaders().withModversions(SAME);
    TestModule.named("ixgbevf")
        .version("1.2")
        .builtFor(RELEASE + " modversions")
        .at(kernel.file("extra/ixgbevf.ko"));
    kernel.depmod();

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(builtFor()).isEqualTo(RELEASE);
  }
}
