package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.DriverSources.Source;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DriverSourcesTest {
  private final HostFixture host;
  private final DriverSources sources;

  DriverSourcesTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    sources = new DriverSources(host.paths());
  }

  @Test
  void finds_the_newest_version_by_number_not_by_text() throws IOException {
    host.source("ixgbevf", "4.9.3");
    Path newest = host.source("ixgbevf", "4.18.9");

    assertThat(sources.find("ixgbevf", null)).contains(new Source("4.18.9", newest));
  }

  @Test
  void finds_a_pinned_version_though_a_newer_one_is_there() throws IOException {
    Path pinned = host.source("ixgbevf", "4.9.3");
    host.source("ixgbevf", "4.18.9");

    assertThat(sources.find("ixgbevf", "4.9.3")).contains(new Source("4.9.3", pinned));
  }

  @Test
  void never_replaces_a_missing_pinned_version_by_another() throws IOException {
    host.source("ixgbevf", "4.18.9");

    assertThat(sources.find("ixgbevf", "4.9.3")).isEmpty();
  }

  @Test
  void does_not_take_a_driver_of_a_similar_name_for_a_version() throws IOException {
    host.source("ixgbevf-tools", "9.0");
    host.source("ixgbevf2", "9.0");

    assertThat(sources.find("ixgbevf", null)).isEmpty();
  }

  @Test
  void does_not_take_an_archive_next_to_the_source_for_one() throws IOException {
    Path wanted = host.source("ixgbevf", "1.0");
    HostFixture.write(host.paths().sources().resolve("ixgbevf-2.0.tar.gz"), "archive");

    assertThat(sources.find("ixgbevf", null)).contains(new Source("1.0", wanted));
  }

  @Test
  void finds_none_on_a_host_without_sources() throws IOException {
    assertThat(sources.find("ixgbevf", null)).isEmpty();
  }
}
