package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;

/** When the default is held on another kernel, and when it is set free. */
class GuardTest extends GuardFixture {
  @Test
  void holds_an_unbootable_default_on_the_newest_bootable_kernel() throws Exception {
    comes(B);

    keep();

    assertBoots(A);
    assertThat(guard().status().wanted()).isEqualTo(new Kernel(B));
    assertThat(host.paths().root().resolve("run/motd.d/kmodkeeper"))
        .content()
        .contains("kernel " + B + " is not bootable", "held on " + A, "missing: as the test says");
  }

  @Test
  void moves_the_default_to_the_new_kernel_once_it_is_bootable() throws Exception {
    comes(B);
    keep();
    is(B, Verdict.READY);

    keep();

    assertBoots(B);
    assertNoHold();
    assertThat(grub.environmentText()).contains("saved_entry=" + id(B));
  }

  @Test
  void leaves_a_bootable_default_alone() throws Exception {
    comes(B);
    is(B, Verdict.READY);
    byte[] before = Files.readAllBytes(grub.environment());

    keep();

    assertThat(grub.environment()).hasBinaryContent(before);
    assertNoHold();
  }

  @Test
  void holds_a_default_that_loses_its_driver_later() throws Exception {
    comes(B);
    is(B, Verdict.READY);
    keep();
    clock.advance(Duration.ofDays(3));
    is(B, Verdict.SYMBOL_MISMATCH);

    keep();

    assertBoots(A);
  }

  @Test
  void holds_a_kernel_installed_while_another_is_held() throws Exception {
    comes(B);
    keep();
    clock.advance(Duration.ofDays(1));
    comes(C);

    keep();

    assertBoots(A);
    assertThat(guard().status().wanted()).isEqualTo(new Kernel(C));
    is(B, Verdict.READY);
    keep();
    assertBoots(A);
    is(C, Verdict.READY);
    keep();
    assertBoots(C);
    assertNoHold();
  }

  @Test
  void moves_nothing_without_any_bootable_kernel() throws Exception {
    is(A, Verdict.MISSING);
    comes(B);
    byte[] before = Files.readAllBytes(grub.environment());

    keep();

    assertThat(grub.environment()).hasBinaryContent(before);
    assertNoHold();
  }

  @ParameterizedTest
  @EnumSource(names = {"WARN", "OFF"})
  void moves_nothing_unless_it_is_switched_on(GuardMode other) throws Exception {
    mode = other;
    comes(B);

    keep();

    assertBoots(B);
    assertNoHold();
  }

  @ParameterizedTest
  @EnumSource(names = {"WARN", "OFF"})
  void ends_a_hold_when_it_is_switched_off(GuardMode other) throws Exception {
    comes(B);
    keep();
    mode = other;

    keep();

    assertBoots(B);
    assertNoHold();
  }
}
