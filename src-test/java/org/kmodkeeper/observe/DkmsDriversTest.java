package org.kmodkeeper.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.KernelInventory;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;

/** Drivers as {@code dkms add} registers them; the real bash reads their dkms.conf. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DkmsDriversTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";
  private static final List<Remedy> REMEDIES = List.of(Remedy.DIRECT);

  private final HostFixture host;
  private final DkmsDrivers drivers;

  DkmsDriversTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    host.kernel(RELEASE);
    host.standIn("dkms", "true");
    drivers =
        new DkmsDrivers(
            host.paths(),
            new Dkms(host.paths(), host.runner()),
            new DkmsConfs(host.paths(), host.runner(), new TestClock()),
            Heartbeat.NONE);
  }

  private void register(String name, String version, String... lines) throws IOException {
    Path source = host.paths().sources().resolve(name + "-" + version);
    HostFixture.write(source.resolve("dkms.conf"), String.join("\n", lines) + "\n");
    Path registered = host.paths().dkmsTree().resolve(name).resolve(version);
    Files.createDirectories(registered);
    Files.createSymbolicLink(registered.resolve("source"), source);
  }

  /** As dkms records it. */
  private void installed(String name, String version) throws IOException {
    Files.createSymbolicLink(
        host.paths().dkmsTree().resolve(name).resolve("kernel-" + RELEASE + "-x86_64"),
        Path.of(version, RELEASE, "x86_64"));
  }

  private List<Policy> addTo(List<Policy> configured) throws Exception {
    List<Kernel> kernels = new KernelInventory(host.paths()).installed();
    return drivers.addTo(kernels, configured, REMEDIES);
  }

  private List<String> names(Policy... configured) throws Exception {
    return addTo(List.of(configured)).stream().map(Policy::name).toList();
  }

  @Test
  void manages_a_driver_that_dkms_installs_by_itself() throws Exception {
    register("hello", "1.0", "BUILT_MODULE_NAME=hello", "AUTOINSTALL=yes");

    assertThat(addTo(List.of()))
        .containsExactly(Policy.found("hello", Policy.Origin.DKMS, REMEDIES));
  }

  @Test
  void does_not_manage_one_that_dkms_does_not_install_by_itself() throws Exception {
    register("hello", "1.0", "BUILT_MODULE_NAME=hello");
    register("world", "1.0", "AUTOINSTALL=");

    assertThat(names()).isEmpty();
  }

  @Test
  void keeps_what_the_operator_configured_and_lists_it_first() throws Exception {
    register("hello", "1.0", "AUTOINSTALL=yes");
    register("another", "1.0", "AUTOINSTALL=yes");
    Policy hello = HostFixture.driver("hello", "make -C src");

    assertThat(addTo(List.of(hello)))
        .containsExactly(hello, Policy.found("another", Policy.Origin.DKMS, REMEDIES));
  }

  @Test
  void lists_a_driver_after_those_that_it_is_built_with() throws Exception {
    register("a", "1", "AUTOINSTALL=yes", "BUILD_DEPENDS[0]=b", "BUILD_DEPENDS[1]=c");
    register("b", "1", "AUTOINSTALL=yes", "BUILD_DEPENDS=c");
    register("c", "1", "AUTOINSTALL=yes");

    assertThat(names()).containsExactly("c", "b", "a");
  }

  @Test
  void orders_a_configured_driver_after_its_dkms_dependency() throws Exception {
    register("a", "1", "BUILD_DEPENDS=b");
    register("b", "1", "AUTOINSTALL=yes");

    assertThat(names(HostFixture.driver("a"))).containsExactly("b", "a");
  }

  @Test
  void manages_all_drivers_that_wait_for_each_other() throws Exception {
    register("a", "1", "AUTOINSTALL=yes", "BUILD_DEPENDS=b");
    register("b", "1", "AUTOINSTALL=yes", "BUILD_DEPENDS=a");

    assertThat(names()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void manages_a_driver_whose_dependency_is_not_managed() throws Exception {
    register("a", "1", "AUTOINSTALL=yes", "BUILD_DEPENDS=unknown");

    assertThat(names()).containsExactly("a");
  }

  @Test
  void decides_by_the_newest_version() throws Exception {
    register("hello", "1.9", "AUTOINSTALL=yes");
    register("hello", "1.10", "AUTOINSTALL=");

    assertThat(names()).isEmpty();
  }

  @Test
  void manages_a_driver_in_use_even_when_its_source_has_gone() throws Exception {
    register("hello", "1.0", "AUTOINSTALL=yes");
    installed("hello", "1.0");
    register("never", "1.0", "AUTOINSTALL=yes");
    register("once", "1.0", "AUTOINSTALL=yes");
    Files.createSymbolicLink(
        host.paths().dkmsTree().resolve("once/kernel-5.14.0-1.el9.x86_64-x86_64"), Path.of("1.0"));
    for (String name : List.of("hello", "never", "once")) {
      FileUtils.deleteDirectory(host.paths().sources().resolve(name + "-1.0").toFile());
    }

    assertThat(addTo(List.of()))
        .containsExactly(Policy.found("hello", Policy.Origin.DKMS, REMEDIES));
  }

  @Test
  void finds_the_others_beside_a_conf_that_bash_cannot_read() throws Exception {
    register("broken", "1", "if true; then");
    register("ending", "1", "AUTOINSTALL=yes", "exit 0");
    register("hello", "1", "AUTOINSTALL=yes");

    assertThat(names()).containsExactly("ending", "hello");
  }

  @Test
  void keeps_an_unreadable_conf_if_another_file_may_set_autoinstall() throws Exception {
    register("broken", "1", "if true; then");
    register("brokener", "1", "if true; then");
    HostFixture.write(host.paths().dkmsConfiguration().resolve("broken.conf"), "AUTOINSTALL=yes");

    assertThat(names()).containsExactly("broken");
  }

  @Test
  void keeps_an_unreadable_conf_if_dkms_installed_the_driver() throws Exception {
    register("broken", "1", "if true; then");
    installed("broken", "1");

    assertThat(names()).containsExactly("broken");
  }

  @Test
  void keeps_an_unreadable_conf_if_we_installed_the_driver() throws Exception {
    register("broken", "1", "if true; then");
    new InstallReceipts(host.paths())
        .write(new Kernel(RELEASE), "broken", new InstallReceipts.Receipt("1", Map.of()));

    assertThat(names()).containsExactly("broken");
  }

  @Test
  void omits_no_driver_of_dkms_without_a_reader_of_confs() throws Exception {
    register("hello", "1", "AUTOINSTALL=yes");
    register("world", "1", "BUILT_MODULE_NAME=world");
    host.without("bash");

    assertThat(names()).containsExactly("hello");
  }

  @Test
  void ignores_a_driver_whose_source_is_gone() throws Exception {
    register("hello", "1", "AUTOINSTALL=yes");
    Files.delete(host.paths().sources().resolve("hello-1/dkms.conf"));
    Files.delete(host.paths().sources().resolve("hello-1"));

    assertThat(names()).isEmpty();
  }

  @Test
  void finds_only_the_configured_ones_without_dkms() throws Exception {
    register("hello", "1", "AUTOINSTALL=yes");
    host.withoutStandIn("dkms");

    assertThat(names(HostFixture.driver("nic"))).containsExactly("nic");
  }

  @Test
  void manages_those_that_a_removed_dkms_has_installed() throws Exception {
    register("hello", "1", "AUTOINSTALL=yes");
    installed("hello", "1");
    host.withoutStandIn("dkms");

    assertThat(names()).containsExactly("hello");
  }

  @Test
  void finds_only_the_configured_ones_without_a_kernel() throws Exception {
    register("hello", "1", "AUTOINSTALL=yes");
    Files.delete(host.paths().modules().resolve(RELEASE + "/vmlinuz"));

    assertThat(names(HostFixture.driver("nic"))).containsExactly("nic");
  }
}
