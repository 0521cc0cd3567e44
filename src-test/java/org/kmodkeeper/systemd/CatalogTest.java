package org.kmodkeeper.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CatalogTest {
  @Test
  void the_catalog_explains_each_kind_of_event_once() throws IOException {
    String catalog = Files.readString(Path.of("systemd/kmodkeeper.catalog"));

    List<String> explained =
        Pattern.compile("^-- ([0-9a-f]{32})$", Pattern.MULTILINE)
            .matcher(catalog)
            .results()
            .map((MatchResult entry) -> entry.group(1))
            .toList();

    assertThat(explained)
        .containsExactlyInAnyOrderElementsOf(Arrays.stream(Event.values()).map(Event::id).toList());
  }
}
