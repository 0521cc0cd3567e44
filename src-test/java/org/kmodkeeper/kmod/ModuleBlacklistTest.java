package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ModuleBlacklistTest {
  private static final List<Path> CHAIN =
      List.of(Path.of("kernel/dca.ko.xz"), Path.of("extra/my-nic.ko.xz"));

  private static ModuleBlacklist of(String options) {
    return ModuleBlacklist.of("boot entry Linux", options);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ro module_blacklist=my_nic quiet\n",
        "module_blacklist=nouveau,my_nic",
        "module-blacklist=my_nic",
        "module_blacklist=\"my_nic\"",
        "module_blacklist=other module_blacklist=dca"
      })
  void refuses_a_module_that_is_named_or_needs_a_named_one(String line) {
    assertThat(of(line).trouble("my-nic", CHAIN)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ro quiet",
        "module_blacklist=my_nic2",
        "module_blacklist=my_nic module_blacklist=other",
        "xmodule_blacklist=my_nic",
        "ro -- module_blacklist=my_nic",
        "modprobe.blacklist=dca",
        "xmodprobe.blacklist=my_nic",
        "rd.driver.blacklist=my_nic"
      })
  void refuses_no_other_module(String line) {
    assertThat(of(line).trouble("my-nic", CHAIN)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ro modprobe.blacklist=my_nic quiet\n",
        "modprobe.blacklist=nouveau,my-nic",
        "modprobe.blacklist=my_nic modprobe.blacklist=other"
      })
  void keeps_modprobe_from_loading_a_named_one_for_its_device(String line) {
    assertThat(of(line).withholds("my-nic")).isTrue();
    assertThat(of(line).trouble("my_nic", CHAIN)).isPresent();
  }

  @Test
  void says_where_the_word_stands() {
    assertThat(of("module_blacklist=x,dca").trouble("my_nic", CHAIN))
        .hasValue("the kernel refuses dca: module_blacklist=x,dca in boot entry Linux");
    assertThat(of("modprobe.blacklist=my-nic").trouble("my_nic", CHAIN))
        .hasValue(
            "my_nic is not loaded for its device: modprobe.blacklist=my_nic in boot entry Linux");
  }

  @Test
  void shows_in_explain_each_word_that_names_the_module() {
    assertThat(of("ro modprobe.blacklist=my-nic module_blacklist=a,my_nic").naming("my-nic"))
        .containsExactly(
            "boot entry Linux: module_blacklist=a,my_nic",
            "boot entry Linux: modprobe.blacklist=my_nic");
    assertThat(of("ro module_blacklist=a").naming("my-nic")).isEmpty();
  }
}
