package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.testing.HostFixture;

/** The driver's file after an adoption, as the configuration's own reader sees it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DriverFileTest {
  private static final Identity NIC = new Identity("nic", "1.2");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[driver]\nmodules = a, b\nrequired = no\n",
        "# mine\n[driver]\nversion = newest\n",
        "[driver]\n  version=0.9\nrequired = no",
        "# nothing but this",
        "[driver]",
        "[driver]\nkeep = no\nrequired = no\n",
      })
  void keeps_the_version_and_all_that_was_there(String before, @TempDir Path directory)
      throws Exception {
    String after = DriverFile.keeping(before, NIC);

    HostFixture.write(directory.resolve("drivers.d/nic.conf"), after);
    assertThat(new Configuration(directory).read().policies())
        .singleElement()
        .satisfies(policy -> assertThat(policy.version()).isEqualTo("1.2"));
    assertThat(after.lines())
        .containsAll(before.lines().filter(line -> !line.matches("(?:.*version|keep).*")).toList());
    assertThat(DriverFile.keeping(after, NIC)).isEqualTo(after);
  }

  @Test
  void removes_a_file_that_an_adoption_wrote() {
    assertThat(DriverFile.dropping(DriverFile.keeping("", NIC))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[driver]\nmodules = a, b\nversion = 1.2\n", "# mine\n[driver]\nkeep = yes"})
  void keeps_any_other_file_but_unmanaged_until_adopted_again(
      String before, @TempDir Path directory) throws Exception {
    String after = DriverFile.dropping(before).orElseThrow();

    HostFixture.write(directory.resolve("drivers.d/nic.conf"), after);
    assertThat(new Configuration(directory).read().policies()).isEmpty();
    assertThat(after).doesNotContain("version");
    assertThat(DriverFile.dropping(after)).contains(after);
    HostFixture.write(directory.resolve("drivers.d/nic.conf"), DriverFile.keeping(after, NIC));
    assertThat(new Configuration(directory).read().policies()).hasSize(1);
  }

  @Test
  void keeps_the_comments_of_the_shipped_file() throws Exception {
    String shipped = Files.readString(Path.of("daemon/dist/etc/drivers.d/ixgbevf.conf"));

    String after = DriverFile.keeping(shipped, new Identity("ixgbevf", "4.18.7"));

    assertThat(after)
        .contains("#version = newest")
        .contains("\n[driver]\nversion = 4.18.7\n")
        .contains("\nmodules = ixgbevf\n");
  }
}
