package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.adopt.Identity.Hint;

@DisplayNameGeneration(ReplaceUnderscores.class)
class IdentityTest {
  private static Identity of(Hint asked, Hint... hints) throws RefusedException {
    return Identity.of("nic.tar", asked, List.of(hints));
  }

  @ParameterizedTest
  @CsvSource({
    "ixgbevf-4.18.7.tar.gz, ixgbevf, 4.18.7",
    "ixgbevf-4.18.7, ixgbevf, 4.18.7",
    "ena-linux-2.8.0.tar.xz, ena-linux, 2.8.0",
    "mlnx-ofa_kernel-23.10-0.5.5.tgz, mlnx-ofa_kernel, 23.10-0.5.5",
    "8821cu-20210916.tar.zst, 8821cu, 20210916",
    "nic-v1.2.tar, nic, 1.2",
  })
  void reads_name_and_version_from_a_file_name(String file, String name, String version)
      throws Exception {
    assertThat(of(Hint.NONE, Hint.of(file))).isEqualTo(new Identity(name, version));
  }

  @Test
  void prefers_the_operator_and_then_each_hint_in_order() throws Exception {
    var dkmsConf = new Hint("nic", "#MODULE_VERSION#");

    assertThat(of(new Hint("mine", null), dkmsConf, Hint.of("top-1.2"), Hint.of("file-3")))
        .hasToString("mine 1.2");
    assertThat(of(new Hint(null, "9"), dkmsConf)).hasToString("nic 9");
  }

  @ParameterizedTest
  @CsvSource({"download, name, --name", "x86, name, --name", "'', name, --name"})
  void asks_for_what_no_hint_says(String file, String what, String option) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> of(Hint.NONE, Hint.of(file)))
        .withMessageContaining("tells no " + what)
        .withMessageContaining("give it with " + option);
  }

  @Test
  void asks_for_the_version_of_a_name_without_one() {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> of(new Hint("nic", null), Hint.of("download")))
        .withMessageContaining("tells no version of a driver; give it with --version");
  }

  @ParameterizedTest
  @CsvSource({"../nic, 1", "'', 1", "a b, 1", "nic, latest", "nic, ../1", "nic, '1;id'"})
  void refuses_unusable_values_from_the_operator(String name, String version) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> of(new Hint(name, version)))
        .withMessageContaining("expected ");
  }
}
