package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;

/** What a look shows, and when it is a new one. */
class ReconcilerLookTest extends ReconcilerFixture {
  @Test
  void runs_no_program_to_observe_what_has_not_changed() throws Exception {
    readyKernel();
    clock.advance(Duration.ofDays(10_000));
    reconciler.reader().look();

    for (String tool : List.of("modprobe", "bash")) {
      host.standIn(tool, "echo '" + tool + " was run' >&2; exit 1");
    }

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lib/modules/" + RELEASE + "/modules.dep.bin",
        "lib/modules/" + RELEASE + "/modules.builtin.bin",
        "etc/modprobe.d/new.conf"
      })
  void asks_modprobe_again_once_what_it_reads_has_changed(String file) throws Exception {
    readyKernel();
    clock.advance(Duration.ofDays(10_000));
    reconciler.reader().look();
    host.standIn("modprobe", "echo 'modprobe was run' >&2; exit 1");

    HostFixture.write(host.root().resolve(file), "");

    assertThat(verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource({
    "lib/modules/" + RELEASE + "/extra/ixgbevf.ko, garbled",
    "lib/modules/" + RELEASE + "/config, CONFIG_MODULE_SIG_FORCE=y",
    "boot/initramfs-" + RELEASE + ".img, garbled"
  })
  void shows_what_has_changed_since_the_last_observation(String file, String content)
      throws Exception {
    readyKernel();
    clock.advance(Duration.ofDays(10_000));
    reconciler.reader().look();

    HostFixture.write(host.root().resolve(file), content);

    assertThat(verdict()).isNotEqualTo(Verdict.READY);
  }

  @Test
  void raises_no_alarm_for_a_driver_that_was_never_set_up() throws Exception {
    host.kernel(RELEASE).withHeaders();

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NOT_SET_UP);
    assertThat(reconciler.reader().look().bootable()).isTrue();
  }

  @Test
  void reports_a_removed_source_while_its_module_exists() throws Exception {
    readyKernel();
    org.apache.commons.io.FileUtils.deleteDirectory(
        host.paths().sources().resolve("ixgbevf-1.2").toFile());

    assertThat(verdict()).isEqualTo(Verdict.NO_SOURCE);
  }
}
