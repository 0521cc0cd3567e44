package org.kmodkeeper.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class TextSanitizerTest {
  @Test
  void quotes_text_on_one_line() {
    assertThat(TextSanitizer.quoted("a\nb\tc\u001b[31m\u2028d"))
        .isEqualTo("\"a\\x0ab c\\x1b[31m\\u2028d\"");
  }

  @Test
  void cuts_long_text_and_shows_it() {
    assertThat(TextSanitizer.line("abcdef", 3)).isEqualTo("abc…");
    assertThat(TextSanitizer.line("abc", 3)).isEqualTo("abc");
  }
}
