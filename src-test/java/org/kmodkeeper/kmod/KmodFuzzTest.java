package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Lines.assertIsLine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.model.Observation.Resolution;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KmodFuzzTest {
  private static final List<String> ASKED = List.of("ixgbevf", "a-b", "dummy");

  @FuzzTest
  void reads_a_file_or_none_from_what_modprobe_prints(byte[] output) {
    List<String> printed = new String(output, StandardCharsets.UTF_8).lines().toList();

    Map<String, Kmod.Resolved> resolved = Kmod.readAll(printed, ASKED);

    assertThat(ASKED).containsAll(resolved.keySet());
    resolved.forEach(
        (module, found) -> {
          assertThat(found.file() != null).isEqualTo(found.resolution() == Resolution.FILE);
          assertIsLine(Objects.requireNonNullElse(found.complaint(), ""));
          if (found.file() != null) {
            assertThat(ModuleName.holds(found.file().getFileName().toString(), module)).isTrue();
          }
        });
  }
}
