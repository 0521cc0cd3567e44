package org.kmodkeeper.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class WordsTest {
  @Test
  void a_constant_is_spelled_as_users_see_it() {
    assertThat(Verdict.NO_HEADERS).hasToString("no-headers");
    assertThat(Remedy.DKMS).hasToString("dkms");
    assertThat(Attempt.Outcome.NOTHING_LANDED).hasToString("nothing-landed");
  }

  @Test
  void quoted_text_stays_on_one_line() {
    assertThat(Words.quoted("a\nb\tc\u001b[31m\u2028d")).isEqualTo("\"a b c [31m d\"");
  }

  @Test
  void long_text_is_cut_and_shows_it() {
    assertThat(Words.oneLine("abcdef", 3)).isEqualTo("abc…");
    assertThat(Words.oneLine("abc", 3)).isEqualTo("abc");
  }
}
