package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.SysFixture;

/** A driver of which nobody has said whether it is required, and which is not ready. */
class ReconcilerRequiredTest extends ReconcilerFixture {
  private static final String PLACE = "pci0000:00/0000:00:05.0";

  private SysFixture sys;

  @BeforeEach
  void the_driver_cannot_be_built() throws IOException {
    host.kernel(RELEASE);
    host.source("ixgbevf", "1.2");
    sys = new SysFixture(host.paths());
    reconciler = fresh();
  }

  private Reconciler fresh() throws IOException {
    Policy auto = HostFixture.driver("ixgbevf").found(Policy.Need.AUTO);
    return Reconciler.open(host.paths(), host.runner(), HostFixture.settings(auto), clock);
  }

  private DriverState afterAPass() throws IOException, InterruptedException {
    pass();
    assertThat(verdict()).isEqualTo(Verdict.NO_HEADERS);
    return state();
  }

  @Test
  void is_not_required_where_it_serves_nothing() throws Exception {
    sys.networkInterface("eth0", PLACE, "virtio_net");

    assertThat(afterAPass().bootable()).isTrue();
    assertThat(state().requiredBy()).isNull();
  }

  @Test
  void is_required_while_a_device_uses_it() throws Exception {
    sys.networkInterface("eth0", PLACE, "ixgbevf");

    assertThat(afterAPass().bootable()).isFalse();
    assertThat(state().requiredBy()).isEqualTo("network interface eth0 uses it");
  }

  @Test
  void is_required_while_it_is_held_for_a_device_without_a_driver() throws Exception {
    sys.outOfTree("ixgbevf", 1);

    assertThat(afterAPass().bootable()).isFalse();
    assertThat(state().requiredBy())
        .startsWith("a device without a driver in ")
        .endsWith(" uses it");
  }

  @Test
  void is_not_written_down_again_for_each_mount() throws Exception {
    Path disk = sys.device("pci0000:00/0000:00:06.0", "ixgbevf").resolve("block/sda");
    sys.disk("8:0", "sda", disk);
    sys.mount("8:0", "/data", "ext4", "/dev/sda");
    pass();
    String first = Files.readString(host.paths().servingModules());

    sys.mount("8:0", "/a/container", "ext4", "/dev/sda");
    pass();

    assertThat(Files.readString(host.paths().servingModules()))
        .isEqualTo(first)
        .contains("/data")
        .doesNotContain("container");
  }

  @Test
  void is_still_required_after_a_boot_without_it() throws Exception {
    sys.networkInterface("eth0", PLACE, "ixgbevf");
    pass();
    FileUtils.deleteDirectory(host.paths().sys().toFile());
    Files.createDirectories(host.paths().sys().resolve("class/net"));
    reconciler = fresh();

    assertThat(afterAPass().bootable()).isFalse();
    assertThat(state().requiredBy())
        .isEqualTo("network interface eth0 used it when it was last seen");
  }

  @Test
  void is_required_where_the_devices_cannot_be_read() throws Exception {
    FileUtils.deleteDirectory(host.paths().sys().toFile());

    assertThat(afterAPass().bootable()).isFalse();
    assertThat(state().requiredBy()).startsWith("the devices that this host uses are not known: ");
  }

  @Test
  void is_required_where_its_modules_are_not_known() throws Exception {
    FileUtils.deleteDirectory(host.paths().sources().resolve("ixgbevf-1.2").toFile());
    HostFixture.write(host.paths().dkmsTree().resolve("ixgbevf/1.2/log"), "");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NO_SOURCE);
    assertThat(state().bootable()).isFalse();
    assertThat(state().requiredBy()).isEqualTo("its modules are not known");
  }

  @Test
  void is_required_where_what_was_seen_cannot_be_read() throws Exception {
    HostFixture.write(host.paths().servingModules(), "{");

    assertThat(afterAPass().bootable()).isFalse();
  }

  /** Whether a driver is required is found out, and is no input of a build. */
  @Test
  void is_not_built_again_after_a_build_that_failed() throws Exception {
    host.kernel("6.1.0-2.el9.x86_64").withHeaders();
    Files.writeString(host.paths().sources().resolve("ixgbevf-1.2").resolve("ixgbevf.c"), "broken");

    pass();
    pass();

    assertThat(verdict()).isEqualTo(Verdict.BUILD_FAILED);
    assertThat(reconciler.reader().history(null, null, 9))
        .filteredOn(Attempt.class::isInstance)
        .hasSize(1);
  }
}
