package org.kmodkeeper.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.cli.TestTerminal;
import org.kmodkeeper.model.Activity;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ProgressTest {
  private final TestTerminal terminal;

  ProgressTest(@TempDir Path root) {
    terminal = new TestTerminal(root);
  }

  @Test
  void tells_a_build_once_although_nothing_ran_for_a_moment() throws IOException {
    List<Activity> building =
        Statuses.building(
                Statuses.of(Statuses.kernel("6.1", Statuses.ready("nic", "1"))),
                "2026-01-01T00:00:00Z",
                null)
            .activities();
    var progress = new Progress(terminal.screen(), terminal.clock);

    progress.tell(building);
    progress.tell(List.of());
    progress.tell(building);

    assertThat(terminal.out())
        .isEqualTo(
            """
            kmodkeeper: building nic for 6.1 by dkms
            kmodkeeper: checking the host
            """);
  }
}
