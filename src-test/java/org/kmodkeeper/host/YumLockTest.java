package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class YumLockTest {
  private final HostPaths paths;
  private final YumLock lock;

  YumLockTest(@TempDir Path root) throws IOException {
    paths = new HostPaths(root);
    lock = new YumLock(paths);
  }

  private void locked(String content, String pid, String name) throws IOException {
    HostFixture.write(paths.yumLock(), content + "\n");
    HostFixture.write(paths.processes().resolve(pid).resolve("comm"), name + "\n");
  }

  @ParameterizedTest
  @CsvSource({"4711, yum", "4711, yum-cron", "4711, yumBackend.py"})
  void is_held_by_a_yum_that_runs(String pid, String name) throws IOException {
    locked(pid, pid, name);

    assertThat(lock.holder()).get().hasToString("yum (pid 4711)");
  }

  @ParameterizedTest
  @CsvSource({"'', yum", "4711, sshd", "4712, yum", "garbled, yum", "99999999999999999999, yum"})
  void is_held_by_nobody_but_a_yum_that_runs(String content, String name) throws IOException {
    locked(content, "4711", name);

    assertThat(lock.holder()).isEmpty();
  }

  @Test
  void is_free_on_a_host_without_the_file() {
    assertThat(lock.holder()).isEmpty();
  }
}
