package org.kmodkeeper.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is told as {@code file:line: what, expected what}. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class ProblemsTest {
  private final ConfigurationDirectory etc;

  ProblemsTest(@TempDir Path directory) {
    etc = new ConfigurationDirectory(directory);
  }

  private List<String> problems() {
    try {
      Settings settings = etc.read();
      throw new AssertionError("no problem was found: " + settings);
    } catch (ConfigurationException bad) {
      return bad.problems();
    }
  }

  @Nested
  class Lines {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        textBlock =
            """
            resync = soon        | resync = "soon", expected a time such as 90s, 15m, 6h or 1d
            resync = 0s          | resync = "0s", expected a time such as 90s, 15m, 6h or 1d
            resync = -1m         | resync = "-1m", expected a time such as 90s, 15m, 6h or 1d
            resync = 5           | resync = "5", expected a time such as 90s, 15m, 6h or 1d
            resync =             | resync = "", expected a time such as 90s, 15m, 6h or 1d
            resync = 9999999s    | resync = "9999999s", expected a time such as 90s, 15m, 6h or 1d
            build-timeout = 1w   | build-timeout = "1w", expected a time such as 90s, 15m, 6h or 1d
            retry-first = x      | retry-first = "x", expected a time such as 90s, 15m, 6h or 1d
            retry-longest = x    | retry-longest = "x", expected a time such as 90s, 15m, 6h or 1d
            remedies = akmods    | remedies = "akmods", expected stored, package, dkms or direct
            remedies = override  | remedies = "override", expected stored, package, dkms or direct
            remedies = dkms dkms | remedies = "dkms dkms", expected each remedy once
            builds = 0           | builds = "0", expected auto, or a number from 1 to 64
            builds = all         | builds = "all", expected auto, or a number from 1 to 64
            builds = 65          | builds = "65", expected auto, or a number from 1 to 64
            group = a b          | group = "a b", expected letters, digits and . _ + ~ -
            group = ../x         | group = "../x", expected letters, digits and . _ + ~ -
            preflight = deep     | preflight = "deep", expected build, symvers, stored or off
            toolchain = mine     | toolchain = "mine", expected host or disposable
            metrics = textfiles  | metrics = "textfiles", expected auto, off or the absolute path of a directory
            resnyc = 1h          | unknown key "resnyc", expected one of boot-excluded, build-timeout, builds, certificates, group, guard, install-headers, metrics, preflight, remedies, resync, retry-first, retry-longest, toolchain
            certificates = a.der | certificates = "a.der", expected the absolute path of a file that can be read
            guard = maybe        | guard = "maybe", expected hold, warn or off
            certificates = /none | certificates = "/none", expected the absolute path of a file that can be read
            certificates = /etc  | certificates = "/etc", expected the absolute path of a file that can be read
            nonsense             | "nonsense": expected [section], key = value or # comment
            = 1h                 | "= 1h": expected [section], key = value or # comment
            """)
    void explains_a_bad_line_of_the_daemon(String line, String problem) throws IOException {
      Path file = etc.main("# comment\n[main]\n" + line + "\n");

      assertThat(problems()).containsExactly(file + ":3: " + problem);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        textBlock =
            """
            version = ../1    | version = "../1", expected letters, digits and . _ + ~ -
            version =         | version = "", expected letters, digits and . _ + ~ -
            modules = a /b    | modules = "/b", expected letters, digits and . _ + ~ -
            modules = -r      | modules = "-r", expected letters, digits and . _ + ~ -
            required = maybe  | required = "maybe", expected auto, yes or no
            remedies = magic  | remedies = "magic", expected stored, package, dkms or direct
            resync = 1h       | unknown key "resync", expected one of keep, make, modules, remedies, required, reuse, version
            """)
    void explains_a_bad_line_of_a_driver(String line, String problem) throws IOException {
      Path file = etc.driver("nic", "[driver]\n" + line + "\n");

      assertThat(problems()).containsExactly(file + ":2: " + problem);
    }

    @Test
    void requires_a_section_for_a_setting() throws IOException {
      Path file = etc.main("resync = 1h\n");

      assertThat(problems()).containsExactly(file + ":1: a setting before the first [section]");
    }

    @Test
    void reports_an_unknown_section_even_if_it_is_empty() throws IOException {
      Path file = etc.main("[mian]\nresync = 1h\n\n[other]\n");

      assertThat(problems())
          .containsExactly(
              file + ":1: unknown section \"mian\", expected [main]",
              file + ":4: unknown section \"other\", expected [main]");
    }

    @Test
    void requires_a_longest_pause_not_shorter_than_the_first() throws IOException {
      Path file = etc.main("[main]\nretry-longest = 10m\nretry-first = 20m\n");

      assertThat(problems())
          .containsExactly(file + ":3: retry-longest is shorter than retry-first");
    }

    @Test
    void names_the_first_line_of_a_key_set_twice() throws IOException {
      Path file = etc.main("[main]\nresync = 1h\n\nresync = 2h\n");

      assertThat(problems()).containsExactly(file + ":4: resync is set in line 2 already");
    }
  }

  @Nested
  class Warnings {
    @Test
    void warns_of_a_group_that_the_host_lacks() throws IOException, ConfigurationException {
      Path file = etc.main("[main]\nresync = 1h\ngroup = no-such-group\n");

      assertThat(etc.read().group()).isEqualTo("no-such-group");
      assertThat(etc.warnings())
          .containsExactly(
              file
                  + ":3: group = \"no-such-group\": this host has no such group,"
                  + " only root may change anything");
    }

    @Test
    void warns_of_a_file_without_a_certificate() throws IOException, ConfigurationException {
      Path file = etc.main("[main]\ncertificates = /etc/hostname\n");

      assertThat(etc.read().certificates()).containsExactly(Path.of("/etc/hostname"));
      assertThat(etc.warnings())
          .containsExactly(
              file
                  + ":2: certificates = \"/etc/hostname\": no certificate in DER or PEM form,"
                  + " ignoring it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[main]\n", "[main]\ngroup = root\n", "[main]\ngroup =\n"})
    void does_not_warn_of_what_takes_effect(String text) throws IOException {
      etc.main(text);

      assertThat(etc.warnings()).isEmpty();
    }

    @Test
    void reports_a_bad_value_as_a_problem_and_does_not_warn_of_it() throws IOException {
      etc.main("[main]\ngroup = ../x\ncertificates = /none\n");

      assertThat(problems()).hasSize(2);
      assertThat(etc.warnings()).isEmpty();
    }
  }

  @Nested
  class Message {
    @Test
    void reports_all_problems_of_all_files_at_once() throws IOException {
      Path main = etc.main("[main]\nresync = x\nnonsense\n");
      Path driver = etc.driver("nic", "[driver]\nrequired = x\n");

      assertThat(problems())
          .hasSize(3)
          .anyMatch(problem -> problem.startsWith(main + ":2: "))
          .anyMatch(problem -> problem.startsWith(main + ":3: "))
          .anyMatch(problem -> problem.startsWith(driver + ":2: "));
    }

    @Test
    void reports_a_file_of_nothing_but_problems_in_few_lines() throws IOException {
      etc.main("nonsense\n".repeat(1000));

      assertThat(problems()).hasSize(20);
    }

    @Test
    void gives_each_problem_a_line_of_the_message() throws IOException {
      etc.main("[main]\nresync = x\ngroup = /\n");

      assertThatThrownBy(etc::read).message().hasLineCount(2);
    }

    @Test
    void keeps_control_characters_out_of_the_message() throws IOException {
      Path file = etc.main("[main]\nresync = \u001b[31m\u2028x\n");

      assertThat(problems())
          .containsExactly(
              file
                  + ":2: resync = \"\\x1b[31m\\u2028x\", expected a time such as 90s, 15m, 6h or"
                  + " 1d");
    }
  }

  @Nested
  class ConfigurationFiles {
    @ParameterizedTest
    @ValueSource(strings = {"", "-nic", "a b", ".nic"})
    void requires_the_name_of_a_driver_for_a_drivers_file(String name) throws IOException {
      Path file = etc.driver(name, "");

      assertThat(problems())
          .containsExactly(
              file
                  + ":1: the file's name is the driver's: \""
                  + name
                  + "\", expected letters, digits and . _ + ~ -");
    }

    @Test
    void reports_a_file_that_is_not_UTF8() throws IOException {
      Path file = etc.main("");
      Files.write(file, new byte[] {'#', (byte) 0xff, '\n'});

      assertThat(problems()).containsExactly(file + ":1: not UTF-8 text");
    }

    @Test
    void does_not_read_a_file_larger_than_any_configuration() throws IOException {
      Path file = etc.main("#".repeat((1 << 20) + 1));

      assertThat(problems())
          .containsExactly(file + ":1: larger than 1048576 bytes, not a configuration file");
    }

    @Test
    void does_not_read_a_file_that_never_ends() throws IOException, InterruptedException {
      Path file = etc.path().resolve("kmodkeeper.conf");
      new ProcessBuilder("mkfifo", file.toString()).start().waitFor();

      assertThat(problems()).containsExactly(file + ":1: not a file");
    }

    @Test
    void reports_a_directory_in_place_of_a_file() throws IOException {
      Path file = Files.createDirectory(etc.path().resolve("kmodkeeper.conf"));

      assertThat(problems()).containsExactly(file + ":1: not a file");
    }

    @Test
    void reports_a_link_to_nowhere() throws IOException {
      Path drivers = Files.createDirectory(etc.path().resolve("drivers.d"));
      Path file = Files.createSymbolicLink(drivers.resolve("nic.conf"), Path.of("none"));

      assertThat(problems()).hasSize(1).allMatch(problem -> problem.startsWith(file + ":1: "));
    }
  }
}
