package org.kmodkeeper.build;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.model.Driver;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DkmsOutputTest {
  private final DkmsOutput output = transcript("dkms-3.0.10-autoinstall-of-several");

  private static DkmsOutput transcript(String name) {
    try {
      return new DkmsOutput(
          Path.of(requireNonNull(DkmsOutputTest.class.getResource(name + ".log"), name).toURI()));
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Driver driver(String name, String version, String... modules) {
    return new Driver(name, version, Path.of("/usr/src/" + name + "-" + version), List.of(modules));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ddcci        | 0.4.2 | Error! The /var/lib/dkms/ddcci/0.4.2/6.1.0-540.el9.x86_64/x86_64/dkms.conf for module ddcci includes a BUILD_EXCLUSIVE directive which does not match this kernel/arch/config.
          ipt-netflow  | 2.6   | Error! Bad return status for module build on kernel: 6.1.0-540.el9.x86_64 (x86_64)
          west-chamber | 20100405+svn20111107.r124 | Error!  Build of xt_CUI.ko failed for: 6.1.0-540.el9.x86_64 (x86_64)
          asks         | 1.0   | asks/1.0 autoinstall failed due to missing dependencies: west-chamber
          """)
  void attributes_to_each_driver_its_own_error(String name, String version, String error)
      throws Exception {
    assertThat(output.errorOf(driver(name, version, name))).contains(error);
  }

  @ParameterizedTest
  @CsvSource({"hello, 1.0", "netflow, 2.6", "ipt-netflow, 2", "ddcci, 0.4", "dci, 0.4.2"})
  void finds_no_error_of_a_driver_that_is_not_named(String name, String version) throws Exception {
    assertThat(output.errorOf(driver(name, version, name))).isEmpty();
  }

  @Test
  void calls_the_module_declined_and_not_any_driver() throws Exception {
    assertThat(output.declined(driver("ixgbevf", "1.0", "ixgbevf"))).isTrue();
    assertThat(output.declined(driver("other", "1.0", "hello", "ixgbevf"))).isTrue();
    assertThat(output.declined(driver("hello", "1.0", "hello"))).isFalse();
    assertThat(output.declined(driver("xgbevf", "1.0", "xgbevf"))).isFalse();
  }
}
