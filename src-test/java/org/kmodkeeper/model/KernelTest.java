package org.kmodkeeper.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KernelTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "3.10.0-1160.el7.x86_64",
        "5.14.0-427.el9.aarch64+64k-debug",
        "5.15.0-200.131.27.el8uek.x86_64",
        "6.1.0-56-cloud-amd64",
        "6.12.0-0.rc1~git.2^1.fc42.x86_64",
        "_custom"
      })
  void accepts_releases_that_distributions_use(String release) {
    var kernel = new Kernel(release);

    assertThat(kernel).hasToString(release);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "../../etc",
        "6.1/../../etc",
        ".hidden",
        "-k",
        "6.1.0 rc1",
        "6.1.0\n",
        "6.1.0\0",
        "6.1.0;reboot",
        "6.1.0*",
        "6.1.0é"
      })
  void refuses_what_could_be_a_path_an_option_or_a_pattern(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Kernel(text))
        .withMessageStartingWith("not a kernel release: \"");
  }

  @Test
  void accepts_only_releases_as_long_as_linux_can_report() {
    assertThat(Kernel.isRelease("6".repeat(64))).isTrue();
    assertThat(Kernel.isRelease("6".repeat(65))).isFalse();
  }

  @Test
  void refuses_in_one_line_whatever_it_quotes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Kernel("6.1\nMESSAGE=fake"))
        .withMessage("not a kernel release: \"6.1\\x0aMESSAGE=fake\"");
  }

  @Test
  void sorts_kernels_by_version_not_by_text() {
    List<String> oldestFirst =
        List.of(
            "3.10.0-1160.el7.x86_64",
            "5.14.0-70.el9.x86_64",
            "5.14.0-427.el9.x86_64",
            "5.14.0-427.13.1.el9.x86_64",
            "6.1.9-1.el9.x86_64",
            "6.1.10-1.el9.x86_64");

    List<String> newestFirst = new ArrayList<>(oldestFirst);
    Collections.reverse(newestFirst);

    Stream<Kernel> sorted = newestFirst.stream().map(Kernel::new).sorted();

    assertThat(sorted.map(Kernel::release)).containsExactlyElementsOf(oldestFirst);
  }

  @Test
  void compares_numbers_of_any_length_by_value() {
    String small = "6.99999999999999999999";
    String large = "6.100000000000000000000";

    assertThat(new Kernel(small)).isLessThan(new Kernel(large));
  }

  @Test
  void sorts_the_longer_of_two_releases_with_the_same_start_last() {
    assertThat(new Kernel("5.14.0")).isLessThan(new Kernel("5.14.0-1"));
  }

  @Test
  void sorts_a_number_after_a_word() {
    assertThat(new Kernel("6.1.rc")).isLessThan(new Kernel("6.1.0"));
  }

  @Test
  void never_calls_different_releases_equal() {
    assertThat(new Kernel("6.1-0")).isNotEqualByComparingTo(new Kernel("6.1.0"));
  }
}
