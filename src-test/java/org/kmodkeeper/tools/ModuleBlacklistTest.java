package org.kmodkeeper.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ModuleBlacklistTest {
  private static final Kernel RUNNING = new Kernel("6.1.0-1.el9.x86_64");

  private final HostPaths paths;
  private final ModuleBlacklist blacklist;

  ModuleBlacklistTest(@TempDir Path root) throws IOException {
    paths = new HostPaths(root);
    blacklist = new ModuleBlacklist(paths);
    HostFixture.write(paths.runningRelease(), RUNNING + "\n");
  }

  private boolean refuses(String commandLine) throws IOException {
    HostFixture.write(paths.kernelCommandLine(), commandLine);
    return blacklist
        .refusal(RUNNING, List.of(Path.of("kernel/dca.ko.xz"), Path.of("extra/my-nic.ko.xz")))
        .isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ro module_blacklist=my_nic quiet\n",
        "module_blacklist=nouveau,my_nic",
        "module-blacklist=my_nic",
        "module_blacklist=\"my_nic\"",
        "module_blacklist=other module_blacklist=dca"
      })
  void a_module_that_is_named_is_refused_or_one_that_it_needs(String line) throws IOException {
    assertThat(refuses(line)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ro quiet",
        "module_blacklist=my_nic2",
        "module_blacklist=my_nic module_blacklist=other",
        "xmodule_blacklist=my_nic",
        "ro -- module_blacklist=my_nic"
      })
  void any_other_is_not(String line) throws IOException {
    assertThat(refuses(line)).isFalse();
  }

  @Test
  void it_counts_for_the_kernel_that_runs_alone() throws IOException {
    assertThat(refuses("module_blacklist=my_nic")).isTrue();

    assertThat(blacklist.naming(new Kernel("6.1.0-2.el9.x86_64"), "my_nic")).isEmpty();
  }

  @Test
  void explain_shows_the_word() throws IOException {
    HostFixture.write(paths.kernelCommandLine(), "ro module_blacklist=my_nic");

    assertThat(new KmodSettings(paths).on(RUNNING, "my-nic"))
        .containsExactly(paths.kernelCommandLine() + ": module_blacklist=my_nic");
  }
}
