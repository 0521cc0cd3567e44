package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.model.LedgerEntry;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LedgerLineFuzzTest {
  @FuzzTest
  void a_line_is_an_entry_that_can_be_written_again_or_passed_over(byte[] bytes) {
    Optional<LedgerEntry> entry = LedgerLine.parse(new String(bytes, StandardCharsets.UTF_8));

    entry.ifPresent(
        read -> {
          assertThat(read.at()).isNotNull();
          assertThat(read.line()).isNotEmpty();
          String line = LedgerLine.print(read);
          assertThat(line).doesNotContain("\n");
          assertThat(LedgerLine.parse(line)).contains(read);
        });
  }
}
