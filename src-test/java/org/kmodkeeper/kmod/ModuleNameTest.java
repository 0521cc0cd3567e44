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
  void a_module_file_may_have_any_ending_that_kmod_reads(String ending) {
    assertThat(ModuleName.ending("ixgbevf" + ending)).contains(ending);
    assertThat(ModuleName.holds("ixgbevf" + ending, "ixgbevf")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ixgbevf.ko.kmodkeeper-new", "ixgbevf.ko.xz.kmodkeeper-old", "ixgbevf.o", "ko"})
  void a_partial_or_kept_file_is_no_module(String name) {
    assertThat(ModuleName.ending(name)).isEmpty();
    assertThat(ModuleName.holds(name, "ixgbevf")).isFalse();
  }

  @Test
  void dash_and_underscore_are_the_same() {
    assertThat(ModuleName.holds("snd-hda-intel.ko", "snd_hda_intel")).isTrue();
    assertThat(ModuleName.holds("snd_hda_intel.ko", "snd-hda-intel")).isTrue();
  }

  @Test
  void a_module_whose_name_begins_alike_is_another_one() {
    assertThat(ModuleName.holds("ixgbevf2.ko", "ixgbevf")).isFalse();
    assertThat(ModuleName.holds("my_ixgbevf.ko", "ixgbevf")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "../a", "a/b", "-r", "a b", "a\nb", "a*", "\u00e4"})
  void what_a_depmod_d_line_or_a_path_cannot_hold_is_no_name(String text) {
    assertThat(ModuleName.isName(text)).isFalse();
  }

  @Test
  void a_name_is_no_longer_than_the_kernel_takes() {
    assertThat(ModuleName.isName("x".repeat(55))).isTrue();
    assertThat(ModuleName.isName("x".repeat(56))).isFalse();
  }
}
