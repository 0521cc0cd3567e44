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
  void an_override_is_one_line_as_depmod_reads_it() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");

    assertThat(file).content().endsWith("\noverride ixgbevf 6.1.0-1.el9.x86_64 extra\n");
    assertThat(Files.readAllLines(file)).filteredOn(line -> !line.startsWith("#")).hasSize(1);
  }

  @Test
  void a_second_override_of_the_same_module_replaces_the_first() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");
    overrides.add(OLD, "ixgbevf", "updates/dkms");

    assertThat(file).content().contains("updates/dkms").doesNotContain(" extra");
  }

  @Test
  void overrides_go_with_their_kernel_and_no_other() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");
    overrides.add(NEW, "ixgbevf", "extra");

    assertThat(overrides.forget(OLD)).isTrue();

    assertThat(overrides.kernels()).containsExactly(NEW);
  }

  @Test
  void the_file_goes_with_its_last_line() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");

    overrides.forget(OLD);

    assertThat(file).doesNotExist();
  }

  @Test
  void a_kernel_without_overrides_is_not_forgotten_twice() throws IOException {
    assertThat(overrides.forget(OLD)).isFalse();
    assertThat(file).doesNotExist();
  }

  @Test
  void lines_of_another_hand_do_not_disturb() throws IOException {
    HostFixture.write(file, "# note\nsearch updates\noverride half\n\noverride a ../.. extra\n");

    assertThat(overrides.kernels()).isEmpty();
  }

  @Test
  void bytes_that_are_no_text_do_not_disturb() throws IOException {
    overrides.add(OLD, "ixgbevf", "extra");
    Files.write(file, new byte[] {'#', (byte) 0xe9, '\n'}, StandardOpenOption.APPEND);

    assertThat(overrides.kernels()).containsExactly(OLD);
  }
}
