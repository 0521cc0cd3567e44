package org.kmodkeeper.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KebabCaseTest {
  @Test
  void spells_a_constant_as_users_see_it() {
    assertThat(Verdict.NO_HEADERS).hasToString("no-headers");
    assertThat(Remedy.DKMS).hasToString("dkms");
    assertThat(Attempt.Outcome.NOTHING_LANDED).hasToString("nothing-landed");
  }
}
