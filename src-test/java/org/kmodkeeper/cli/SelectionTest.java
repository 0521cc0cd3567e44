package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kmodkeeper.report.Statuses.kernel;
import static org.kmodkeeper.report.Statuses.next;
import static org.kmodkeeper.report.Statuses.ready;
import static org.kmodkeeper.report.Statuses.running;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.report.Statuses;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SelectionTest {
  private static final Status STATUS =
      Statuses.of(
          kernel("6.1.0-560.el9.x86_64+debug", ready("nic", "1"), ready("disk", "1")),
          next(kernel("6.1.0-560.el9.x86_64", ready("nic", "1"), ready("disk", "1"))),
          running(kernel("6.1.0-55.el9.x86_64", ready("nic", "1"))),
          kernel("5.14.0-70.el9.x86_64", ready("nic", "1")));

  private static List<String> releases(@Nullable String kernel, @Nullable String driver)
      throws CommandFailedException {
    return Selection.of(STATUS, kernel, driver).kernels().stream()
        .map(Status.KernelStatus::release)
        .toList();
  }

  @Test
  void selects_all_kernels_by_default() throws CommandFailedException {
    assertThat(Selection.of(STATUS, null, null)).isEqualTo(STATUS);
  }

  @ParameterizedTest
  @CsvSource({
    "5.14.0-70.el9.x86_64, 5.14.0-70.el9.x86_64",
    "6.1.0-560.el9.x86_64, 6.1.0-560.el9.x86_64",
    "running, 6.1.0-55.el9.x86_64",
    "next, 6.1.0-560.el9.x86_64",
    "newest, 6.1.0-560.el9.x86_64+debug",
    "6.1.0-55, 6.1.0-55.el9.x86_64",
    "5, 5.14.0-70.el9.x86_64",
    "5.14, 5.14.0-70.el9.x86_64",
  })
  void finds_a_kernel_by_its_full_name_or_a_part_that_is_enough(String word, String release)
      throws CommandFailedException {
    assertThat(releases(word, null)).containsExactly(release);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"9.9", "6.1.0-5", "6.1.0-56", "5.1", "", "Running", "5.14.0-70.el9.x86_64."})
  void refuses_a_name_that_fits_no_kernel(String word) {
    assertThatThrownBy(() -> releases(word, null))
        .isInstanceOf(CommandFailedException.class)
        .hasMessage(
            "kernel %s is not installed; 'kmodkeeper status' shows the kernels that are installed",
            word);
  }

  @Test
  void makes_no_guess_about_what_boots_next() {
    Status unknown = Statuses.of(kernel("6.1.0-560.el9.x86_64"));

    assertThatThrownBy(() -> Selection.of(unknown, "next", null))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageStartingWith("which kernel boots next is not known; 'kmodkeeper status'");
  }

  @Test
  void refuses_an_ambiguous_name_and_lists_the_kernels() {
    assertThatThrownBy(() -> releases("6.1.0-560", null))
        .isInstanceOf(CommandFailedException.class)
        .hasMessage(
            "kernel 6.1.0-560 may be any of 6.1.0-560.el9.x86_64+debug, 6.1.0-560.el9.x86_64;"
                + " give a longer beginning");
  }

  @Test
  void selects_the_kernels_that_have_a_named_driver() throws CommandFailedException {
    assertThat(releases(null, "disk"))
        .containsExactly("6.1.0-560.el9.x86_64+debug", "6.1.0-560.el9.x86_64");
    assertThat(Selection.of(STATUS, "next", "disk").kernels().get(0).drivers())
        .containsExactly(ready("disk", "1"));
  }

  @Test
  void refuses_a_driver_that_no_kernel_has() {
    assertThatThrownBy(() -> releases("running", "disk"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessage("driver disk is not managed; 'kmodkeeper status' shows those that are");
  }
}
