package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.DevicesInUse;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.SysFixture;
import org.kmodkeeper.testing.TestModule;

/** Real module files, in a made-up /sys that says who holds them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SoftwareDevicesTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final SysFixture sys;
  private final InstalledKernel kernel;

  SoftwareDevicesTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    sys = new SysFixture(host.paths());
    kernel = host.kernel(RELEASE);
    HostFixture.write(host.paths().runningRelease(), RELEASE + "\n");
  }

  private void module(String name, String calls) throws IOException, InterruptedException {
    TestModule.named(name)
        .builtFor(RELEASE)
        .calling(calls)
        .at(kernel.file("extra/" + name + ".ko"));
  }

  private Map<String, Set<String>> uses() throws IOException, InterruptedException {
    return new SoftwareDevices(host.paths(), new ModuleReader())
        .uses(DevicesInUse.read(host.paths()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rtnl_link_unregister", "del_gendisk", "dm_unregister_target", "scsi_remove_host"})
  void counts_a_held_module_that_is_made_for_a_software_device(String calls) throws Exception {
    module("drbd", calls);
    sys.outOfTree("drbd", 1);

    assertThat(uses()).containsOnlyKeys("drbd");
  }

  @Test
  void ignores_a_graphics_driver_that_is_held() throws Exception {
    module("nvidia", "drm_dev_unregister");
    sys.outOfTree("nvidia", 40, "nvidia_modeset");

    assertThat(uses()).isEmpty();
  }

  @Test
  void ignores_a_module_held_only_by_others_of_its_kind() throws Exception {
    module("vboxdrv", "unregister_netdev");
    sys.outOfTree("vboxdrv", 2, "vboxnetadp", "vboxnetflt");
    sys.outOfTree("vboxnetadp", 0);

    assertThat(uses()).isEmpty();
  }

  @Test
  void ignores_a_module_of_the_kernels_own() throws Exception {
    module("dm_mod", "del_gendisk");
    HostFixture.write(host.paths().loadedModule("dm_mod").resolve("refcnt"), "9\n");
    HostFixture.write(host.paths().loadedModule("dm_mod").resolve("taint"), "\n");

    assertThat(uses()).isEmpty();
  }

  @Test
  void assumes_the_worst_of_a_missing_or_damaged_module_file() throws Exception {
    sys.outOfTree("gone", 1);
    HostFixture.write(kernel.file("extra/damaged.ko"), "ELF");
    sys.outOfTree("damaged", 1);
    sys.outOfTree("idle", 0);

    assertThat(uses()).containsOnlyKeys("damaged", "gone");

    Files.delete(host.paths().runningRelease());
    assertThat(uses()).containsOnlyKeys("damaged", "gone");
  }

  @Test
  void attributes_a_driverless_interface_to_any_possible_module() throws Exception {
    module("gtp5g", "unregister_netdevice_queue");
    sys.outOfTree("gtp5g", 0);
    module("evdi", "drm_dev_unregister");
    sys.outOfTree("evdi", 0);
    assertThat(uses()).isEmpty();

    sys.virtualInterface("upf0");

    assertThat(uses()).isEqualTo(Map.of("gtp5g", Set.of("network interface upf0")));
  }
}
