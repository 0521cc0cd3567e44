package org.kmodkeeper.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.testing.HostFixture;

/**
 * A script answers as systemctl(1) does; only a system that goes down could make it do so itself.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SystemStateTest {
  private final HostFixture host;

  SystemStateTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
  }

  private boolean isStopping() throws InterruptedException {
    return SystemState.isStopping(host.runner());
  }

  @Test
  void reports_a_system_that_goes_down() throws Exception {
    host.standIn("systemctl", "[ \"$*\" = is-system-running ] && echo stopping; exit 1");

    assertThat(isStopping()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo running",
        "echo degraded; exit 1",
        "echo starting; exit 1",
        "echo offline; exit 1",
        "echo stopping >&2; exit 1",
        "exit 1"
      })
  void takes_any_other_answer_for_a_system_that_stays(String answer) throws Exception {
    host.standIn("systemctl", answer);

    assertThat(isStopping()).isFalse();
  }

  @Test
  void takes_a_host_without_systemd_for_one_that_stays() throws Exception {
    assertThat(isStopping()).isFalse();
  }
}
