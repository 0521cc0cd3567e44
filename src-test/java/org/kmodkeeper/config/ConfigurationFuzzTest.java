package org.kmodkeeper.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.Lines;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConfigurationFuzzTest {
  private final ConfigurationDirectory etc;

  ConfigurationFuzzTest(@TempDir Path directory) {
    etc = new ConfigurationDirectory(directory);
  }

  @FuzzTest
  void uses_or_explains_any_file_of_the_daemon(byte[] text) throws IOException {
    assertIsUsedOrExplained(etc.main(""), text);
  }

  @FuzzTest
  void uses_or_explains_any_file_of_a_driver(byte[] text) throws IOException {
    assertIsUsedOrExplained(etc.driver("nic", ""), text);
  }

  private void assertIsUsedOrExplained(Path file, byte[] text) throws IOException {
    Files.write(file, text);
    try {
      Settings settings = etc.read();
      assertThat(settings.resync()).isBetween(Duration.ofSeconds(1), Duration.ofDays(999_999));
      assertThat(settings.policies())
          .allSatisfy(policy -> policy.modules().forEach(Lines::assertIsLine));
    } catch (ConfigurationException bad) {
      assertThat(bad.problems())
          .hasSizeBetween(1, 20)
          .allMatch(problem -> problem.startsWith(file + ":"))
          .allSatisfy(Lines::assertIsLine);
    }
  }
}
