package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;

/** The operator has the last word on what boots. */
class GuardOperatorTest extends GuardFixture {
  @Test
  void never_overrides_what_the_operator_chose() throws Exception {
    updatedYesterday(B);
    operatorChooses(A);
    keep();
    is(A, Verdict.DAMAGED);

    keep();

    assertBoots(A);
    assertNoHold();
  }

  @Test
  void gives_an_operator_who_moves_a_held_default_the_last_word() throws Exception {
    comes(B);
    keep();
    operatorChooses(B);

    keep();
    keep();

    assertBoots(B);
    assertNoHold();
  }

  @Test
  void guards_the_next_update_after_an_operators_choice() throws Exception {
    comes(B);
    keep();
    operatorChooses(B);
    keep();
    clock.advance(Duration.ofDays(1));
    comes(C);

    keep();

    assertBoots(A);
  }

  @Test
  void never_holds_a_released_kernel_again_though_it_is_unready() throws Exception {
    comes(B);
    keep();

    assertThat(guard().release()).hasValue(new Kernel(B));
    keep();

    assertBoots(B);
    assertNoHold();
    assertThat(guard().release()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0-rescue-0123456789abcdef", "6.6.0-mine"})
  void attributes_an_entry_without_installed_kernel_to_operator(String release) throws Exception {
    grub.entryFile(id(release), release);
    operatorChooses(release);

    keep();
    keep();

    assertBoots(release);
    assertNoHold();
  }

  @Test
  void forgets_what_was_said_of_a_kernel_with_it() throws Exception {
    comes(B);
    keep();
    assertThat(guard().release()).hasValue(new Kernel(B));
    keep();
    clock.advance(Duration.ofDays(1));
    goes(B);
    operatorChooses(A);
    keep();
    clock.advance(Duration.ofDays(1));
    comes(B);

    keep();

    assertBoots(A);
  }
}
