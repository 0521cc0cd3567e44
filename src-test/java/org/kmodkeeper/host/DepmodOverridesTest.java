package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DepmodOverridesTest {
  private static final Kernel OLD = new Kernel("6.1.0-1.el9.x86_64");
  private static final Kernel NEW = new Kernel("6.1.0-2.el9.x86_64");

  private final Path file;
  private final DepmodOverrides overrides;

  DepmodOverridesTest(@TempDir Path root) {
    var paths = new HostPaths(root);
    file = paths.depmodOverrides();
    overrides = new DepmodOverrides(paths);
  }

  @Test
  void writes_an_override_in_one_line_as_depmod_reads_it() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");

    assertThat(file).content().endsWith("\noverride ixgbevf 6.1.0-1.el9.x86_64 extra\n");
    assertThat(Files.readAllLines(file)).filteredOn(line -> !line.startsWith("#")).hasSize(1);
  }

  @Test
  void replaces_an_override_of_the_same_module() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");
    overrides.add(OLD, "ixgbevf", "updates/dkms");

    assertThat(file).content().contains("updates/dkms").doesNotContain(" extra");
  }

  @Test
  void removes_overrides_with_their_kernel_and_no_others() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");
    overrides.add(NEW, "ixgbevf", "extra");

    assertThat(overrides.forget(OLD)).isTrue();

    assertThat(overrides.kernels()).containsExactly(NEW);
  }

  @Test
  void removes_the_file_with_its_last_line() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");

    overrides.forget(OLD);

    assertThat(file).doesNotExist();
  }

  @Test
  void forgets_a_kernel_without_overrides_without_an_error() throws IOException {
    assertThat(overrides.forget(OLD)).isFalse();
    assertThat(file).doesNotExist();
  }

  @Test
  void keeps_lines_of_another_hand() throws IOException {
    HostFixture.write(file, "# note\nsearch updates\noverride half\n\noverride a ../.. extra\n");

    assertThat(overrides.kernels()).isEmpty();
  }

  @Test
  void keeps_bytes_that_are_not_text() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");
    Files.write(file, new byte[] {'#', (byte) 0xe9, '\n'}, StandardOpenOption.APPEND);

    assertThat(overrides.kernels()).containsExactly(OLD);
  }
}
