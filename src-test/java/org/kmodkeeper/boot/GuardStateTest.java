package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;

/** What the guard does without its state of before, or with one that a crash left behind. */
class GuardStateTest extends GuardFixture {
  @Test
  void an_older_default_on_the_first_look_is_the_operators() throws Exception {
    comes(B);
    operatorChooses(A);
    is(A, Verdict.MISSING);
    is(B, Verdict.READY);
    Files.delete(host.paths().state().resolve("guard.json"));

    keep();

    assertBoots(A);
  }

  @Test
  void attributes_the_newest_default_at_first_to_an_update() throws Exception {
    comes(B);
    Files.delete(host.paths().state().resolve("guard.json"));

    keep();

    assertBoots(A);
  }

  @Test
  void a_crash_before_the_move_is_made_good() throws Exception {
    comes(B);
    host.standIn("grub-editenv", "case $2 in set) exit 1 ;; esac; exec @real@ \"$@\"");
    keep();
    assertBoots(B);
    host.withoutStandIn("grub-editenv");

    keep();

    assertBoots(A);
    assertThat(guard().status().wanted()).isEqualTo(new Kernel(B));
  }

  @Test
  void a_crash_right_after_the_move_forgets_no_hold() throws Exception {
    comes(B);
    keep();
    Path state = host.paths().state().resolve("guard.json");
    Files.writeString(state, Files.readString(state).replace("DONE", "INTENDED"));

    keep();
    is(B, Verdict.READY);
    keep();

    assertBoots(B);
    assertNoHold();
  }

  @Test
  void a_state_that_cannot_be_understood_is_begun_anew() throws Exception {
    comes(B);
    Files.writeString(host.paths().state().resolve("guard.json"), "{\"kernels\": 7");

    keep();

    assertBoots(A);
  }

  @Test
  void attributes_the_plain_newest_kernel_at_first_to_an_update() throws Exception {
    comes(B + "+debug");
    comes(B);
    Files.delete(host.paths().state().resolve("guard.json"));

    keep();

    assertBoots(A);
  }

  @Test
  void a_state_of_an_earlier_version_is_understood() throws Exception {
    comes(B);
    keep();
    Path state = host.paths().state().resolve("guard.json");
    String text = Files.readString(state);
    Files.writeString(state, text.replaceAll("(?s)\"(defaults|proven)\": ?\\[.*?],\\s*", ""));
    assertThat(state).content().doesNotContain("proven").contains("\"hold\"");
    is(B, Verdict.READY);

    keep();

    assertBoots(B);
    assertNoHold();
  }
}
