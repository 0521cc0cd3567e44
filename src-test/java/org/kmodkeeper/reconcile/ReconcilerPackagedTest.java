package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.Manifest;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** A driver without a source, whose modules come in packages. */
class ReconcilerPackagedTest extends ReconcilerFixture {
  private static final List<Remedy> ALL =
      List.of(Remedy.STORED, Remedy.PACKAGE, Remedy.DKMS, Remedy.DIRECT);

  private static final String NEWER = "6.1.0-2.el9.x86_64";
  private static final String SYMBOL = "0x00000001 netif_rx vmlinux";

  private void describe(String text) throws IOException {
    HostFixture.write(host.paths().packagedDrivers().resolve("ixgbevf.json"), text);
  }

  private void describe() throws IOException {
    describe(
        new PackagedDriver(PackagedDriver.FORMAT, "ixgbevf", "1.2", "s1", "r1", List.of("ixgbevf"))
            .text());
  }

  /** What a package would install for the kernel. */
  private void lay(InstalledKernel kernel, String version) throws Exception {
    lay(kernel, version, TestModule.named("ixgbevf"));
  }

  private void lay(InstalledKernel kernel, String version, TestModule module) throws Exception {
    Path file =
        module
            .builtFor(RELEASE + " modversions")
            .calling("netif_rx", 1)
            .at(kernel.file("extra/ixgbevf/ixgbevf.ko"));
    var told = new Manifest.Module("ixgbevf", "ixgbevf.ko", Sha256.of(file), "", Map.of(), null);
    var store = new ArtifactStore(host.paths());
    var manifest =
        new Manifest(
            Manifest.FORMAT,
            "ixgbevf",
            version,
            "s1",
            "r1",
            new Kernel(RELEASE),
            new Kmod(host.paths(), host.runner()).architecture(),
            "",
            "",
            null,
            null,
            List.of(told),
            Remedy.DIRECT,
            Instant.EPOCH,
            "");
    store.add(manifest, Map.of("ixgbevf.ko", file));
    Path stored = host.paths().state().resolve("store/ixgbevf-" + version).resolve(RELEASE);
    Path place = host.paths().packagedManifest("ixgbevf", kernel.kernel());
    Files.createDirectories(place.getParent());
    Files.copy(stored.resolve("manifest.json"), place);
    store.remove(store.list().get(0));
    kernel.depmod();
  }

  @Test
  void is_missing_until_its_package_is_installed() throws Exception {
    host.kernel(RELEASE).withModversions(SYMBOL);
    describe();

    pass();

    assertThat(verdict()).isIn(Verdict.MISSING, Verdict.NO_SOURCE);
    assertThat(state().observation().driver()).extracting(Driver::version).isEqualTo("1.2");
  }

  @Test
  void knows_an_unversioned_module_by_its_packages_manifest() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withModversions(SYMBOL);
    describe();
    lay(kernel, "1.2");

    pass();

    assertThat(state().finding().detail()).endsWith("installed by a package, unchanged since");
    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void leaves_a_packages_build_for_another_kernel_and_says_so() throws Exception {
    host.source("ixgbevf", "1.2");
    InstalledKernel kernel = host.kernel(NEWER).withHeaders().withModversions(SYMBOL);
    lay(kernel, "1.2", TestModule.named("ixgbevf").version("1.2"));

    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(state().finding().detail()).endsWith("version 1.2, built for " + RELEASE);
    assertThat(kernel.file("extra/ixgbevf.ko")).doesNotExist();
    assertThat(new ArtifactStore(host.paths()).list())
        .singleElement()
        .satisfies(
            entry -> assertThat(entry.directory().getFileName()).asString().isEqualTo(RELEASE));
  }

  @Test
  void does_not_take_the_package_of_another_version_for_it() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withModversions(SYMBOL);
    describe();
    lay(kernel, "1.1");

    pass();

    assertThat(verdict()).isNotEqualTo(Verdict.READY);
  }

  @Test
  void stores_what_the_package_has_for_kernels_to_come() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withModversions(SYMBOL);
    describe();
    lay(kernel, "1.2");
    pass();
    var driver = new Driver("ixgbevf", "1.2", Path.of("/usr/src/ixgbevf-1.2"), List.of("ixgbevf"));
    assertThat(new ArtifactStore(host.paths()).of(driver, new Kernel(RELEASE)))
        .map(Artifact::manifest)
        .map(Manifest::source)
        .contains("s1");

    host.kernel(NEWER).withModversions(SYMBOL);
    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
    assertThat(host.paths().extra(new Kernel(NEWER)).resolve("ixgbevf.ko")).isRegularFile();
  }

  @Test
  void knows_what_was_tried_with_network_when_there_is_none() throws Exception {
    host.kernel(RELEASE).withModversions(SYMBOL);
    describe();
    Settings settings =
        HostFixture.settings(Policy.found("ixgbevf", Policy.Origin.CONFIGURED, ALL));
    reconciler = Reconciler.open(host.paths(), host.runner(), settings, clock);
    String online = state().observation().inputs();

    reconciler = Reconciler.open(host.paths(), host.runner(), settings.withoutNetwork(), clock);

    assertThat(state().observation().policy().remedies()).doesNotContain(Remedy.PACKAGE);
    assertThat(state().observation().inputs()).isEqualTo(online);
  }

  @Test
  void is_unknown_where_what_packages_tell_is_garbled() throws Exception {
    host.kernel(RELEASE).withModversions(SYMBOL);
    describe("{\"format\":1,\"driver\":\"other\"}");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(state().finding().detail()).contains("does not describe the driver ixgbevf");
  }
}
