package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestSettings;

@DisplayNameGeneration(ReplaceUnderscores.class)
class BuildLimitTest {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private final Path root;

  BuildLimitTest(@TempDir Path root) {
    this.root = root;
  }

  private int limit(String meminfo) throws IOException {
    HostFixture.write(root.resolve("proc/meminfo"), meminfo);
    return BuildLimit.of(TestSettings.of().settings(), new HostPaths(root));
  }

  private static String available(long kibibytes) {
    return "MemTotal:       65000000 kB\nMemFree:           1000 kB\nMemAvailable:   "
        + kibibytes
        + " kB\n";
  }

  @Test
  void allows_one_for_each_gibibyte() throws Exception {
    assertThat(limit(available(2_500_000))).isEqualTo(Math.min(2, PROCESSORS));
  }

  @Test
  void allows_one_with_little_memory() throws Exception {
    assertThat(limit(available(100_000))).isEqualTo(1);
  }

  @Test
  void allows_one_where_nothing_is_known_of_the_memory() throws Exception {
    assertThat(limit("garbled")).isEqualTo(1);
  }

  @Test
  void allows_no_more_than_there_are_processors_or_four() throws Exception {
    assertThat(limit(available(60_000_000))).isEqualTo(Math.min(4, PROCESSORS));
  }

  @Test
  void allows_what_the_operator_says() {
    assertThat(BuildLimit.of(TestSettings.of().builds(7).settings(), new HostPaths(root)))
        .isEqualTo(7);
  }
}
