package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.SysFixture;

/** A made-up /sys, laid out as Linux 6.1 has it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DevicesInUseTest {
  private static final int MANY_LOOKS = 200;

  private final HostPaths paths;
  private final SysFixture sys;

  DevicesInUseTest(@TempDir Path root) throws IOException {
    paths = new HostPaths(root);
    sys = new SysFixture(paths);
  }

  @BeforeEach
  void nothing_is_in_use() throws IOException {
    assertThat(read()).isEmpty();
  }

  private Map<String, Set<String>> read() throws IOException {
    return DevicesInUse.read(paths).modules();
  }

  @Test
  void reports_what_cannot_be_read_as_an_error() throws IOException {
    Files.delete(paths.sys().resolve("class/net"));
    assertThatIOException().isThrownBy(this::read);

    Files.createDirectory(paths.sys().resolve("class/net"));
    HostFixture.write(paths.processes().resolve("self/mountinfo"), "garbage\n");
    assertThatIOException().isThrownBy(this::read);
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void unchecked(Step step) {
    try {
      step.run();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Nested
  class NetworkInterfaces {
    @Test
    void finds_the_module_of_a_network_interface_by_its_device() throws IOException {
      sys.networkInterface("eth0", "pci0000:00/0000:00:05.0", "ixgbevf");
      Files.createDirectories(paths.sys().resolve("devices/virtual/net/bond0"));
      Files.createSymbolicLink(
          paths.sys().resolve("class/net").resolve("bond0"),
          paths.sys().resolve("devices/virtual/net/bond0"));

      assertThat(read()).isEqualTo(Map.of("ixgbevf", Set.of("network interface eth0")));
    }

    @Test
    void finds_a_virtual_interfaces_module_by_its_type() throws IOException {
      Files.createDirectories(paths.loadedModule("amnezia_wg"));
      sys.virtualInterface("wg0", "uevent=DEVTYPE=amnezia-wg\nINTERFACE=wg0");

      assertThat(read()).isEqualTo(Map.of("amnezia_wg", Set.of("network interface wg0")));
      assertThat(DevicesInUse.read(paths).withoutDriver()).isEmpty();
    }

    @Test
    void finds_no_driver_of_an_interface_of_which_nothing_is_known() throws IOException {
      sys.virtualInterface("gtp0");
      sys.virtualInterface("rmnet0", "iflink=2").resolve("lower_wwan0").toFile().mkdir();

      assertThat(read()).isEmpty();
      assertThat(DevicesInUse.read(paths).withoutDriver())
          .containsExactly("network interface gtp0", "network interface rmnet0");
    }

    @Test
    void ignores_interfaces_that_are_down_or_the_kernels_own() throws IOException {
      sys.virtualInterface("lo", "type=772");
      sys.virtualInterface("vboxnet0", "flags=0x1002");
      sys.virtualInterface("tap0", "tun_flags=0x1002");
      sys.virtualInterface("veth5d0a", "iflink=12");
      sys.virtualInterface("docker0", "uevent=DEVTYPE=bridge\nINTERFACE=docker0");

      assertThat(read()).isEmpty();
      assertThat(DevicesInUse.read(paths).withoutDriver()).isEmpty();
    }

    /** The window is small: many devices and looks, so that one hits it. */
    @Test
    void tolerates_a_device_that_comes_and_goes() throws Exception {
      Path device = sys.device("pci0000:00/0000:00:05.0", "ixgbevf");
      Path face = Files.createDirectories(device.resolve("net/eth"));
      Files.createSymbolicLink(face.resolve("device"), device);
      List<Path> links =
          IntStream.range(0, 16)
              .mapToObj(n -> paths.sys().resolve("class/net").resolve("eth" + n))
              .toList();
      var ended = new AtomicBoolean();
      var comesAndGoes =
          CompletableFuture.runAsync(
              () -> {
                while (!ended.get()) {
                  links.forEach(link -> unchecked(() -> Files.createSymbolicLink(link, face)));
                  links.forEach(link -> unchecked(() -> Files.delete(link)));
                }
              });

      try {
        for (int look = 0; look < MANY_LOOKS; look++) {
          assertThat(read().keySet()).isSubsetOf("ixgbevf");
        }
      } finally {
        ended.set(true);
      }
      comesAndGoes.join();
    }

    @Test
    void ignores_interfaces_of_other_network_namespaces() throws IOException {
      sys.networkInterface("lo", "virtual", "none");
      HostFixture.write(
          paths.processes().resolve("1/net/dev"),
          """
          Inter-|   Receive
           face |bytes    packets
              lo:       0       0
            eth0:    1024       8
          """);

      assertThatThrownBy(DevicesInUseTest.this::read).hasMessageEndingWith("does not show eth0");
    }
  }

  @Nested
  class FileSystems {
    @Test
    void finds_all_controllers_above_a_mounted_disk() throws IOException {
      Path adapter = sys.device("pci0000:00/0000:00:06.0", "vendor-raid");
      sys.device("pci0000:00/0000:00:06.0/host0/target0:0:0/0:0:0:0", "sd_mod");
      sys.disk("8:0", "sda", adapter.resolve("host0/target0:0:0/0:0:0:0/block/sda"));
      sys.disk("8:1", "sda1", adapter.resolve("host0/target0:0:0/0:0:0:0/block/sda/sda1"));
      sys.mount("8:1", "/", "ext4", "/dev/sda1");

      assertThat(read())
          .isEqualTo(
              Map.of("vendor_raid", Set.of("file system /"), "sd_mod", Set.of("file system /")));
    }

    @Test
    void follows_device_mapper_and_md_to_the_disks_below() throws IOException {
      Path nvme = sys.device("pci0000:00/0000:00:07.0", "nvme").resolve("nvme/nvme0/nvme0n1");
      sys.disk("259:0", "nvme0n1", nvme);
      Path md = paths.sys().resolve("devices/virtual/block/md0");
      sys.disk("9:0", "md0", md);
      Files.createDirectories(md.resolve("slaves"));
      Files.createSymbolicLink(md.resolve("slaves/nvme0n1"), nvme);
      Path dm = paths.sys().resolve("devices/virtual/block/dm-1");
      sys.disk("253:1", "dm-1", dm);
      Files.createDirectories(dm.resolve("slaves"));
      Files.createSymbolicLink(dm.resolve("slaves/md0"), md);
      HostFixture.write(
          paths.processes().resolve("swaps"),
          "Filename Type Size Used Priority\n/dev/dm-1 partition 8388604 0 -2\n");

      assertThat(read()).isEqualTo(Map.of("nvme", Set.of("swap space")));
    }

    @Test
    void follows_a_multipath_nvme_disk_to_its_controllers() throws IOException {
      Path controller = sys.device("pci0000:00/0000:00:07.0", "nvme").resolve("nvme/nvme3");
      Files.createDirectories(controller);
      Path subsystem = paths.sys().resolve("devices/virtual/nvme-subsystem/nvme-subsys0");
      sys.disk("259:1", "nvme0n1", subsystem.resolve("nvme0n1"));
      Files.createSymbolicLink(subsystem.resolve("nvme3"), controller);
      sys.mount("259:1", "/boot", "xfs", "/dev/nvme0n1");

      assertThat(read()).isEqualTo(Map.of("nvme", Set.of("file system /boot")));
    }

    @Test
    void counts_the_module_of_a_file_system() throws IOException {
      Files.createDirectories(paths.loadedModule("zfs"));
      sys.mount("0:45", "/data", "zfs", "tank/data");

      assertThat(read()).isEqualTo(Map.of("zfs", Set.of("file system /data")));
    }

    @Test
    void finds_a_file_system_with_its_own_number_by_its_device() throws IOException {
      Path disk = sys.device("pci0000:00/0000:00:08.0", "virtio_blk").resolve("block/vda");
      sys.disk("252:0", "vda", disk);
      sys.mount("0:33", "/home", "btrfs", "/dev/vda");

      assertThat(read()).isEqualTo(Map.of("virtio_blk", Set.of("file system /home")));
    }

    @Test
    void reports_what_no_path_can_spell_as_an_error() throws IOException {
      sys.mount("8:\0", "/mnt", "ext4", "none");

      assertThatIOException().isThrownBy(DevicesInUseTest.this::read);
    }

    @Test
    void ignores_a_file_system_type_that_no_path_can_spell() throws IOException {
      sys.mount("0:50", "/mnt", "fuse.\0", "none");

      assertThat(read()).isEmpty();
    }
  }
}
