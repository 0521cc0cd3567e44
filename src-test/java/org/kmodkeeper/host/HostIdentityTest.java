package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class HostIdentityTest {
  private final Path root;

  HostIdentityTest(@TempDir Path root) {
    this.root = root;
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"CentOS Stream 9\"", "'CentOS Stream 9'", "CentOS Stream 9"})
  void reads_the_name_and_the_system_of_a_host(String quoted) throws IOException {
    HostFixture.write(root.resolve("proc/sys/kernel/hostname"), "web1\n");
    HostFixture.write(
        root.resolve("usr/lib/os-release"), "NAME=other\nPRETTY_NAME=" + quoted + "\n");

    assertThat(HostIdentity.read(new HostPaths(root)))
        .isEqualTo(new HostIdentity("web1", "CentOS Stream 9"));
  }

  @Test
  void calls_unknown_what_the_host_does_not_say() {
    assertThat(HostIdentity.read(new HostPaths(root)))
        .isEqualTo(new HostIdentity("unknown", "unknown"));
  }
}
