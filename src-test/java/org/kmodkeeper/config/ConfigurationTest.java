package org.kmodkeeper.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.config.Settings.Excluded;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.config.Settings.Headers;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Need;
import org.kmodkeeper.model.Policy.Origin;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.Remedy;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConfigurationTest {
  private static final List<Remedy> ALL =
      List.of(Remedy.STORED, Remedy.PACKAGE, Remedy.DKMS, Remedy.DIRECT);

  private static final Settings DEFAULTS =
      new Settings(
          Duration.ofMinutes(15),
          Duration.ofHours(1),
          Duration.ofMinutes(1),
          Duration.ofHours(6),
          null,
          ALL,
          Headers.FETCHED,
          Toolchain.HOST,
          List.of(),
          GuardMode.HOLD,
          Excluded.UNSUPPORTED,
          PreflightAnswer.Depth.BUILD,
          null,
          new Settings.Metrics(Settings.Metrics.Mode.USUAL, null),
          List.of());

  private final ConfigurationDirectory etc;

  ConfigurationTest(@TempDir Path directory) {
    etc = new ConfigurationDirectory(directory);
  }

  @Test
  void uses_the_defaults_without_a_file() throws ConfigurationException {
    assertThat(etc.read()).isEqualTo(DEFAULTS);
  }

  @Test
  void uses_the_defaults_for_an_empty_file() throws IOException, ConfigurationException {
    etc.main("");

    assertThat(etc.read()).isEqualTo(DEFAULTS);
  }

  @Test
  void needs_no_more_for_a_driver_than_a_file_of_its_name()
      throws IOException, ConfigurationException {
    etc.driver("ixgbevf", "");

    assertThat(etc.read().policies())
        .containsExactly(
            new Policy(
                "ixgbevf",
                Origin.CONFIGURED,
                null,
                List.of(),
                Need.AUTO,
                ALL,
                null,
                Reuse.UNTIL_BUILT));
  }

  @Test
  void reads_every_key_of_the_daemon() throws IOException, ConfigurationException {
    etc.main(
        """
        [main]
        build-timeout = 90s
        resync = 2h
        retry-first = 5m
        retry-longest = 1d
        group = wheel
        remedies = direct
        certificates = /etc/hostname
        install-headers = no
        toolchain = disposable
        guard = warn
        boot-excluded = yes
        preflight = symvers
        builds = 3
        metrics = /var/lib/textfiles
        """);

    assertThat(etc.read())
        .isEqualTo(
            new Settings(
                Duration.ofSeconds(90),
                Duration.ofHours(2),
                Duration.ofMinutes(5),
                Duration.ofDays(1),
                "wheel",
                List.of(Remedy.DIRECT),
                Headers.LEFT_TO_OPERATOR,
                Toolchain.DISPOSABLE,
                List.of(Path.of("/etc/hostname")),
                GuardMode.WARN,
                Excluded.BOOTABLE,
                PreflightAnswer.Depth.SYMVERS,
                3,
                new Settings.Metrics(Settings.Metrics.Mode.NAMED, Path.of("/var/lib/textfiles")),
                List.of()));
  }

  @Test
  void reads_every_key_of_a_driver() throws IOException, ConfigurationException {
    etc.driver(
        "nic",
        """
        [driver]
        version = 5.2.1-rc1
        modules = nic, nic_vf nic-aux
        required = no
        remedies = direct
        reuse = no
        make = make -C src KVER=${kernelver} modules
        """);

    assertThat(etc.read().policies())
        .containsExactly(
            new Policy(
                "nic",
                Origin.CONFIGURED,
                "5.2.1-rc1",
                List.of("nic", "nic_vf", "nic-aux"),
                Need.OPTIONAL,
                List.of(Remedy.DIRECT),
                "make -C src KVER=${kernelver} modules",
                Reuse.NO));
  }

  @Test
  void makes_no_policy_for_a_driver_not_to_be_managed() throws IOException, ConfigurationException {
    etc.driver("nic", "[driver]\nkeep = no\nversion = 1.2\n");
    etc.driver("disk", "[driver]\nkeep = yes\n");

    assertThat(etc.read().policies()).extracting(Policy::name).containsExactly("disk");
  }

  @Test
  void gives_drivers_the_remedies_of_the_daemon() throws IOException, ConfigurationException {
    etc.main("[main]\nremedies = direct, dkms\n");
    etc.driver("nic", "");

    assertThat(etc.read().policies().get(0).remedies()).containsExactly(Remedy.DIRECT, Remedy.DKMS);
  }

  @Test
  void lets_a_driver_have_its_own_remedies() throws IOException, ConfigurationException {
    etc.main("[main]\nremedies = direct\n");
    etc.driver("nic", "[driver]\nremedies = dkms\n");

    assertThat(etc.read().policies().get(0).remedies()).containsExactly(Remedy.DKMS);
  }

  @Test
  void lets_all_remedies_be_switched_off() throws IOException, ConfigurationException {
    etc.driver("nic", "[driver]\nremedies =\n");

    assertThat(etc.read().policies().get(0).remedies()).isEmpty();
  }

  @Test
  void sorts_drivers_by_their_names() throws IOException, ConfigurationException {
    etc.driver("b", "");
    etc.driver("c", "");
    etc.driver("a", "");

    assertThat(etc.read().policies()).extracting(Policy::name).containsExactly("a", "b", "c");
  }

  @Test
  void ignores_a_file_without_the_ending_conf() throws IOException, ConfigurationException {
    Path driver = etc.driver("nic", "");
    Files.move(driver, driver.resolveSibling("nic.conf.rpmsave"));

    assertThat(etc.read().policies()).isEmpty();
  }

  @Test
  void needs_no_pin_for_the_newest_version() throws IOException, ConfigurationException {
    etc.driver("nic", "[driver]\nversion = newest\n");

    assertThat(etc.read().policies().get(0).version()).isNull();
  }

  @Test
  void reads_an_empty_group_as_root_alone() throws IOException, ConfigurationException {
    etc.main("[main]\ngroup =\n");

    assertThat(etc.read().group()).isNull();
  }

  @Test
  void reads_an_empty_command_as_the_default() throws IOException, ConfigurationException {
    etc.driver("nic", "[driver]\nmake =\n");

    assertThat(etc.read().policies().get(0).make()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "true", "on", "1", "YES"})
  void reads_every_spelling_of_yes_that_dnf_reads(String text)
      throws IOException, ConfigurationException {
    etc.driver("nic", "[driver]\nrequired = " + text + "\n");

    assertThat(etc.read().policies().get(0).need()).isEqualTo(Need.REQUIRED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no", "false", "off", "0", "No"})
  void reads_every_spelling_of_no_that_dnf_reads(String text)
      throws IOException, ConfigurationException {
    etc.driver("nic", "[driver]\nrequired = " + text + "\n");

    assertThat(etc.read().policies().get(0).need()).isEqualTo(Need.OPTIONAL);
  }

  @Test
  void ignores_blanks_comments_and_line_ends() throws IOException, ConfigurationException {
    etc.main("# one\r\n; two\r\n\r\n  [ main ]\r\n\t resync=2h \t\r\n  # three\r\n");

    assertThat(etc.read().resync()).isEqualTo(Duration.ofHours(2));
  }

  @Test
  void accepts_equals_signs_and_hashes_in_a_value() throws IOException, ConfigurationException {
    etc.driver("nic", "[driver]\nmake = make A=b # c\n");

    assertThat(etc.read().policies().get(0).make()).isEqualTo("make A=b # c");
  }
}
