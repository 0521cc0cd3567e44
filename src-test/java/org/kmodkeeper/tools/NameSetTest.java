package org.kmodkeeper.tools;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class NameSetTest {
  private static @Nullable String find(NameSet names, String text) {
    byte[] bytes = ("<" + text + ">").getBytes(ISO_8859_1);
    return names.find(bytes, 1, bytes.length - 1);
  }

  @Test
  void each_name_is_found_and_nothing_else() {
    List<String> all = IntStream.range(0, 1000).mapToObj(number -> "name" + number).toList();
    var names = new NameSet(all);

    assertThat(all).allSatisfy(name -> assertThat(find(names, name)).isSameAs(name));
    assertThat(find(names, "name")).isNull();
    assertThat(find(names, "name1000")).isNull();
    assertThat(find(names, "")).isNull();
  }

  @Test
  void names_of_one_hash_are_told_apart() {
    assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
    var names = new NameSet(List.of("Aa", "BB"));

    assertThat(find(names, "Aa")).isEqualTo("Aa");
    assertThat(find(names, "BB")).isEqualTo("BB");
    assertThat(find(new NameSet(List.of("Aa")), "BB")).isNull();
  }

  @Test
  void bytes_beyond_ascii_are_those_of_iso_8859_1() {
    assertThat(find(new NameSet(List.of("\u00e9t\u00e9")), "\u00e9t\u00e9")).isNotNull();
  }

  @Test
  void no_names_hold_nothing() {
    assertThat(find(new NameSet(List.of()), "name")).isNull();
  }
}
