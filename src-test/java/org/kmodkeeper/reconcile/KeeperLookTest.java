package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** What a look shows, and when it is a new one. */
class KeeperLookTest extends KeeperFixture {
  @Test
  void a_look_at_what_has_not_changed_runs_no_program() throws Exception {
    readyKernel();
    clock.advance(Duration.ofDays(10_000));
    keeper.look();

    for (String tool : List.of("modprobe", "bash")) {
      host.standIn(tool, "echo '" + tool + " was run' >&2; exit 1");
    }

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "modules.dep.bin",
        "modules.builtin.bin",
        "extra/ixgbevf.ko",
        "build/Module.symvers"
      })
  void a_look_after_a_change_is_a_new_one(String file) throws Exception {
    InstalledKernel kernel = readyKernel();
    clock.advance(Duration.ofDays(10_000));
    keeper.look();
    host.standIn("modprobe", "echo 'modprobe was run' >&2; exit 1");

    Files.setLastModifiedTime(kernel.file(file), FileTime.fromMillis(0));

    assertThat(verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "etc/modprobe.d/new.conf",
        "usr/src/ixgbevf-1.2/new.c",
        "lib/modules/" + RELEASE + "/config",
        "boot/initramfs-" + RELEASE + ".img",
        "boot/symvers-" + RELEASE + ".gz"
      })
  void a_look_after_a_file_came_is_a_new_one(String file) throws Exception {
    readyKernel();
    clock.advance(Duration.ofDays(10_000));
    keeper.look();
    host.standIn("modprobe", "echo 'modprobe was run' >&2; exit 1");

    HostFixture.write(host.root().resolve(file), "");

    assertThat(verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void a_driver_that_was_never_set_up_alarms_nobody() throws Exception {
    host.kernel(RELEASE).withHeaders();

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NOT_SET_UP);
    assertThat(keeper.look().bootable()).isTrue();
  }

  @Test
  void a_source_that_went_away_is_told_while_its_module_is_still_there() throws Exception {
    readyKernel();
    org.apache.commons.io.FileUtils.deleteDirectory(
        host.paths().sources().resolve("ixgbevf-1.2").toFile());

    assertThat(verdict()).isEqualTo(Verdict.NO_SOURCE);
  }
}
