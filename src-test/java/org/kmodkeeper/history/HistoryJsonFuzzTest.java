package org.kmodkeeper.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.model.HistoryEntry;

@DisplayNameGeneration(ReplaceUnderscores.class)
class HistoryJsonFuzzTest {
  @FuzzTest
  void reads_a_line_as_an_entry_to_write_again_or_skips_it(byte[] bytes) {
    Optional<HistoryEntry> entry = HistoryJson.parse(new String(bytes, StandardCharsets.UTF_8));

    entry.ifPresent(
        read -> {
          assertThat(read.at()).isNotNull();
          assertThat(read.line()).isNotEmpty();
          String line = HistoryJson.print(read);
          assertThat(line).doesNotContain("\n");
          assertThat(HistoryJson.parse(line)).contains(read);
        });
  }
}
