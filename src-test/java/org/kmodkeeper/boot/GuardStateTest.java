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
  void attributes_an_older_default_at_first_to_the_operator() throws Exception {
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
  void completes_a_move_after_a_crash_before_it() throws Exception {
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
  void remembers_a_hold_after_a_crash_right_after_the_move() throws Exception {
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
  void replaces_a_state_that_cannot_be_understood() throws Exception {
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
  void reads_a_state_of_an_earlier_version() throws Exception {
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
