package org.kmodkeeper.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Policy;

/** The files that a package installs below /etc. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ShippedConfigurationTest {
  private static final Path MAIN = Path.of("daemon/dist/etc/kmodkeeper.conf");
  private static final Path DRIVERS = Path.of("daemon/dist/etc/drivers.d");

  /** A commented setting, as against a comment in words. */
  private static final Pattern COMMENTED = Pattern.compile("(?m)^#([a-z-]+ =)");

  private final ConfigurationDirectory etc;

  ShippedConfigurationTest(@TempDir Path directory) {
    etc = new ConfigurationDirectory(directory);
  }

  @Test
  void sets_only_modules_and_required_in_the_shipped_files()
      throws IOException, ConfigurationException {
    etc.driver("ixgbevf", "[driver]\nmodules = ixgbevf\nrequired = yes\n");
    Settings wanted = etc.read();

    ship(Shape.AS_IT_IS);

    assertThat(etc.read()).isEqualTo(wanted);
  }

  @Test
  void shows_the_defaults_as_comments() throws IOException, ConfigurationException {
    ship(Shape.AS_IT_IS);
    Settings wanted = etc.read();

    ship(Shape.UNCOMMENTED);

    assertThat(etc.read()).isEqualTo(wanted);
  }

  @Test
  void shows_every_key_of_the_daemon() throws IOException {
    Path unknown = etc.main("[main]\nunknown = 1\n");

    assertThat(keys(MAIN)).containsExactlyInAnyOrderElementsOf(keysExpectedBy(unknown));
  }

  @Test
  void shows_every_key_of_a_driver() throws IOException {
    Path unknown = etc.driver("nic", "[driver]\nunknown = 1\n");

    assertThat(keys(DRIVERS.resolve("ixgbevf.conf")))
        .containsExactlyInAnyOrderElementsOf(keysExpectedBy(unknown));
  }

  @Test
  void has_every_key_in_the_manual() throws IOException {
    assertThat(explained("THE DAEMON"))
        .containsExactlyInAnyOrderElementsOf(keysExpectedBy(etc.main("[main]\nunknown = 1\n")));
    etc.main("");
    assertThat(explained("A DRIVER"))
        .containsExactlyInAnyOrderElementsOf(
            keysExpectedBy(etc.driver("nic", "[driver]\nunknown = 1\n")));
  }

  /** The keys that a section of the manual page explains, each as an item of a list. */
  private static List<String> explained(String section) throws IOException {
    String page = Files.readString(Path.of("daemon/dist/man/kmodkeeper.conf.5"));
    String text = page.substring(page.indexOf(".Sh " + section)).split("\n\\.Sh ", 2)[0];
    return Pattern.compile("(?m)^\\.It Ic (\\S+)")
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  /** The keys that the message about an unknown one names. */
  private List<String> keysExpectedBy(Path file) {
    try {
      throw new AssertionError("no problem was found: " + etc.read());
    } catch (ConfigurationException bad) {
      String message = file + ":2: unknown key \"unknown\", expected one of ";
      assertThat(bad.problems().get(0)).startsWith(message);
      return List.of(bad.problems().get(0).substring(message.length()).split(", ", -1));
    }
  }

  @Test
  void holds_one_policy_for_each_shipped_driver() throws IOException, ConfigurationException {
    ship(Shape.AS_IT_IS);

    assertThat(etc.read().policies()).extracting(Policy::name).containsExactly("ixgbevf");
  }

  private enum Shape {
    AS_IT_IS,
    UNCOMMENTED
  }

  private void ship(Shape shape) throws IOException {
    etc.main(text(MAIN, shape));
    try (Stream<Path> files = Files.list(DRIVERS)) {
      for (Path file : files.toList()) {
        etc.driver(file.getFileName().toString().replace(".conf", ""), text(file, shape));
      }
    }
  }

  private static String text(Path file, Shape shape) throws IOException {
    String text = Files.readString(file);
    return shape == Shape.AS_IT_IS ? text : COMMENTED.matcher(text).replaceAll("$1");
  }

  private static List<String> keys(Path file) throws IOException {
    var problems = new Problems();
    Path uncommented = Files.createTempFile("shipped", ".conf");
    try {
      Files.writeString(uncommented, text(file, Shape.UNCOMMENTED));
      return IniFile.read(uncommented, problems).entries().stream()
          .map(IniFile.Entry::key)
          .toList();
    } finally {
      Files.delete(uncommented);
    }
  }
}
