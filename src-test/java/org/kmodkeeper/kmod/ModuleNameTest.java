package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ModuleNameTest {
  @ParameterizedTest
  @ValueSource(strings = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"})
  void accepts_any_ending_that_kmod_reads(String ending) {
    assertThat(ModuleName.ending("ixgbevf" + ending)).contains(ending);
    assertThat(ModuleName.holds("ixgbevf" + ending, "ixgbevf")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ixgbevf.ko.kmodkeeper-new", "ixgbevf.ko.xz.kmodkeeper-old", "ixgbevf.o", "ko"})
  void rejects_a_partial_or_kept_file(String name) {
    assertThat(ModuleName.ending(name)).isEmpty();
    assertThat(ModuleName.holds(name, "ixgbevf")).isFalse();
  }

  @Test
  void treats_dash_and_underscore_as_the_same() {
    assertThat(ModuleName.holds("snd-hda-intel.ko", "snd_hda_intel")).isTrue();
    assertThat(ModuleName.holds("snd_hda_intel.ko", "snd-hda-intel")).isTrue();
  }

  @Test
  void distinguishes_modules_whose_names_begin_alike() {
    assertThat(ModuleName.holds("ixgbevf2.ko", "ixgbevf")).isFalse();
    assertThat(ModuleName.holds("my_ixgbevf.ko", "ixgbevf")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "../a", "a/b", "-r", "a b", "a\nb", "a*", "\u00e4"})
  void refuses_a_name_that_a_depmod_d_line_or_a_path_cannot_hold(String text) {
    assertThat(ModuleName.isName(text)).isFalse();
  }

  @Test
  void limits_a_name_to_what_the_kernel_takes() {
    assertThat(ModuleName.isName("x".repeat(55))).isTrue();
    assertThat(ModuleName.isName("x".repeat(56))).isFalse();
  }
}
