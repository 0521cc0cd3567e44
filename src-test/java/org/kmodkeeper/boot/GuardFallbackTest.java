package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;

/** Which kernel stands in for one that is not bootable, and by which of its entries. */
class GuardFallbackTest extends GuardFixture {
  private static final String MAINLINE = "6.11.1-1.el9.elrepo.x86_64";
  private static final String UEK = "5.15.0-100.96.32.el9uek.x86_64";

  /** Installed on purpose some time ago, without being the default. */
  private void hasBesides(String release, Verdict verdict) throws Exception {
    comes(release);
    is(release, verdict);
    operatorChooses(A);
    keep();
    clock.advance(Duration.ofDays(1));
  }

  @Test
  void never_holds_on_a_newer_kernel_that_never_was_the_default() throws Exception {
    hasBesides(C, Verdict.READY);
    comes(B);

    keep();

    assertBoots(A);
  }

  @ParameterizedTest
  @CsvSource({MAINLINE, UEK, A + "+debug", A + "+rt", A + "+64k"})
  void never_holds_on_a_kernel_of_another_flavour(String flavour) throws Exception {
    hasBesides(flavour, Verdict.READY);
    comes(B);

    keep();

    assertBoots(A);
  }

  /** The base kernel's update takes the default from the flavour that has the driver. */
  @ParameterizedTest
  @CsvSource({MAINLINE, UEK, A + "+rt"})
  void holds_the_base_kernel_on_a_flavour_that_was_the_default(String flavour) throws Exception {
    hasBesides(flavour, Verdict.READY);
    operatorChooses(flavour);
    keep();
    clock.advance(Duration.ofDays(1));
    comes(B);

    keep();

    assertBoots(flavour);
    is(B, Verdict.READY);
    keep();
    assertBoots(B);
  }

  @Test
  void falls_back_to_the_default_before_the_unbootable_one() throws Exception {
    updatedYesterday(B);
    hasBesides(MAINLINE, Verdict.READY);
    operatorChooses(B);
    keep();
    is(B, Verdict.DAMAGED);
    comes(C);

    keep();

    assertBoots(A);
  }

  @Test
  void falls_back_to_the_running_kernel_without_bootable_default() throws Exception {
    hasBesides(MAINLINE, Verdict.READY);
    hasBesides(UEK, Verdict.READY);
    HostFixture.write(host.paths().runningRelease(), UEK + "\n");
    is(A, Verdict.DAMAGED);
    comes(B);

    keep();

    assertBoots(UEK);
  }

  @ParameterizedTest
  @CsvSource({
    "6.1.0-40.el9.x86_64, " + C + ", " + MAINLINE,
    "6.11.2-1.el9.elrepo.x86_64, " + MAINLINE + ", " + C
  })
  void falls_back_to_the_same_flavour_and_then_to_the_newest(
      String update, String held, String last) throws Exception {
    for (String other : List.of(C, C + "+debug", MAINLINE)) {
      hasBesides(other, Verdict.READY);
    }
    is(A, Verdict.DAMAGED);
    comes(update);

    keep();
    assertBoots(held);

    is(held, Verdict.DAMAGED);
    keep();
    assertBoots(last);
  }

  @Test
  void never_holds_on_an_entry_that_the_operator_made() throws Exception {
    single(A);
    comes(B);

    keep();

    assertThat(grub.environmentText()).contains("saved_entry=" + id(A) + "\n");
    is(B, Verdict.READY);
    keep();
    assertThat(grub.environmentText()).contains("saved_entry=" + id(B) + "\n");
  }

  @Test
  void holds_on_the_operators_entry_where_it_was_the_default() throws Exception {
    single(A);
    grub.edit("set", "saved_entry=" + id(A) + ".0~custom");
    keep();
    clock.advance(Duration.ofDays(1));
    comes(B);

    keep();

    assertThat(grub.environmentText()).contains("saved_entry=" + id(A) + ".0~custom\n");
  }

  /** As {@code grubby --add-kernel --copy-default --args=single} makes it. */
  private void single(String release) throws IOException {
    grub.entryFile(id(release) + ".0~custom", release, "ro single");
  }

  @Test
  void finds_a_flavour_as_what_is_left_without_the_numbers() {
    assertThat(List.of(A, B, "5.14.0-70.13.1.el9_0.x86_64"))
        .map(release -> Fallback.flavour(new Kernel(release)))
        .containsOnly("el x");
    assertThat(Fallback.flavour(new Kernel(MAINLINE))).isEqualTo("el elrepo x");
    assertThat(Fallback.flavour(new Kernel(UEK))).isEqualTo("el uek x");
    assertThat(Fallback.flavour(new Kernel(A + "+64k-debug"))).isEqualTo("el x+64k-debug");
  }
}
