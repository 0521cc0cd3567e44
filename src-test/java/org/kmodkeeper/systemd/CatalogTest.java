package org.kmodkeeper.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kmodkeeper.model.Verdict;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CatalogTest {
  @Test
  void explains_each_kind_of_event_once() throws IOException {
    String catalog = Files.readString(Path.of("systemd/kmodkeeper.catalog"));

    List<String> explained =
        Pattern.compile("^-- ([0-9a-f]{32})$", Pattern.MULTILINE)
            .matcher(catalog)
            .results()
            .map((MatchResult entry) -> entry.group(1))
            .toList();

    assertThat(explained)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(MessageId.values()).map(MessageId::id).toList());
  }

  /** While a remedy is running, no verdict is told. */
  static Stream<Verdict> not_ready() {
    return Arrays.stream(Verdict.values())
        .filter(verdict -> !verdict.bootable() && verdict != Verdict.BUILDING);
  }

  @ParameterizedTest
  @MethodSource("not_ready")
  void says_what_to_do_about_each_verdict_that_is_not_ready(Verdict verdict) throws IOException {
    String catalog = Files.readString(Path.of("systemd/kmodkeeper.catalog"));
    String entry =
        catalog.split("-- " + MessageId.DRIVER_NOT_READY.id(), 2)[1].split("\n-- ", 2)[0];

    assertThat(entry).containsPattern("(?m)^" + verdict + " {2,}\\S");
  }
}
