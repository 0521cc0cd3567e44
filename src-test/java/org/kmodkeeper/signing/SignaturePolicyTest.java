package org.kmodkeeper.signing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;

/** Why a kernel insists on signatures; the files are as kernels and firmware show them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SignaturePolicyTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");

  private final HostPaths paths;
  private final SignaturePolicy policy;

  SignaturePolicyTest(@TempDir Path root) {
    paths = new HostPaths(root);
    policy = new SignaturePolicy(paths);
  }

  private void firmwareSays(int... variable) throws IOException {
    write(paths.secureBoot(), variable);
  }

  private static void write(Path file, int... variable) throws IOException {
    byte[] bytes = new byte[variable.length];
    for (int at = 0; at < bytes.length; at++) {
      bytes[at] = (byte) variable[at];
    }
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  @Nested
  class KernelConfiguration {
    @Test
    void requires_nothing_of_a_kernel_of_which_nothing_is_known() throws IOException {
      assertThat(policy.enforcedBy(KERNEL)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "lib/modules/6.1.0-1.el9.x86_64/config",
          "boot/config-6.1.0-1.el9.x86_64",
          "lib/modules/6.1.0-1.el9.x86_64/build/.config"
        })
    void requires_signatures_for_a_kernel_that_was_made_so(String config) throws IOException {
      HostFixture.write(
          paths.root().resolve(config), "CONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_FORCE=y\n");

      assertThat(policy.enforcedBy(KERNEL)).contains("CONFIG_MODULE_SIG_FORCE");
    }

    @ParameterizedTest
    @CsvSource({"INTEGRITY, true", "CONFIDENTIALITY, true", "NONE, false"})
    void requires_them_where_lockdown_is_built_in(String mode, boolean required)
        throws IOException {
      String option = "CONFIG_LOCK_DOWN_KERNEL_FORCE_" + mode;
      HostFixture.write(paths.tree(KERNEL).resolve("config"), option + "=y\n");

      assertThat(policy.enforcedBy(KERNEL)).isEqualTo(Optional.of(option).filter(no -> required));
    }

    @Test
    void requires_none_for_a_kernel_that_was_not_made_so() throws IOException {
      HostFixture.write(
          paths.tree(KERNEL).resolve("config"),
          "CONFIG_MODULE_SIG=y\n# CONFIG_MODULE_SIG_FORCE is not set\n");

      assertThat(policy.enforcedBy(KERNEL)).isEmpty();
    }

    @Test
    void prefers_what_the_kernel_itself_brings_to_its_headers() throws IOException {
      HostFixture.write(paths.tree(KERNEL).resolve("config"), "CONFIG_MODULE_SIG=y\n");
      HostFixture.write(paths.tree(KERNEL).resolve("build/.config"), "CONFIG_MODULE_SIG_FORCE=y\n");

      assertThat(policy.enforcedBy(KERNEL)).isEmpty();
    }
  }

  @Nested
  class SecureBoot {
    @Test
    void requires_no_signature_where_shim_validates_nothing() throws IOException {
      firmwareSays(6, 0, 0, 0, 1);
      write(paths.shimVariable("MokSBStateRT"), 6, 0, 0, 0, 1);
      HostFixture.write(paths.lockdown(), "[none] integrity confidentiality\n");
      assertThat(policy.enforcedBy(KERNEL)).isEmpty();

      HostFixture.write(paths.lockdown(), "none [integrity] confidentiality\n");
      assertThat(policy.enforcedBy(KERNEL)).contains("lockdown");
    }

    @Test
    void counts_what_shim_hands_to_the_kernel_in_a_table() throws IOException {
      firmwareSays(6, 0, 0, 0, 1);
      write(paths.mokVariable("MokSBStateRT"), 1);

      assertThat(policy.enforcedBy(KERNEL)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"6,0,0,0,0", "7,0,0,0,1", "6,0,0,0", "6,0,0,0,1,1", ""})
    void ignores_any_other_variable_of_that_name(String variable) throws IOException {
      firmwareSays(6, 0, 0, 0, 1);
      write(
          paths.shimVariable("MokSBStateRT"),
          Stream.of(variable.split(",", 0))
              .filter(one -> !one.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray());

      assertThat(policy.enforcedBy(KERNEL)).contains("Secure Boot");
    }

    @Test
    void requires_signatures_with_Secure_Boot() throws IOException {
      firmwareSays(6, 0, 0, 0, 1);

      assertThat(policy.enforcedBy(KERNEL)).contains("Secure Boot");
    }

    @Test
    void requires_none_with_Secure_Boot_switched_off() throws IOException {
      firmwareSays(6, 0, 0, 0, 0);
      assertThat(policy.enforcedBy(KERNEL)).isEmpty();

      firmwareSays(1, 1, 1, 1);
      assertThat(policy.enforcedBy(KERNEL)).isEmpty();
    }
  }

  @Nested
  class Lockdown {
    @ParameterizedTest
    @ValueSource(
        strings = {"none [integrity] confidentiality\n", "none integrity [confidentiality]\n"})
    void requires_signatures_under_lockdown(String mode) throws IOException {
      HostFixture.write(paths.lockdown(), mode);

      assertThat(policy.enforcedBy(KERNEL)).contains("lockdown");
    }

    @Test
    void requires_none_with_lockdown_switched_off() throws IOException {
      HostFixture.write(paths.lockdown(), "[none] integrity confidentiality\n");

      assertThat(policy.enforcedBy(KERNEL)).isEmpty();
    }
  }

  @Nested
  class CommandLine {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "module.sig_enforce",
          "root=/dev/vda1 module.sig_enforce=1 quiet",
          "module.sig_enforce=y",
          "quiet module.sig_enforce=on"
        })
    void requires_signatures_if_the_command_line_asks_for_them(String line) throws IOException {
      HostFixture.write(paths.kernelCommandLine(), line + "\n");

      assertThat(policy.enforcedBy(KERNEL)).contains("module.sig_enforce");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lockdown=integrity", "quiet lockdown=confidentiality ro"})
    void requires_signatures_if_it_asks_for_lockdown(String line) throws IOException {
      HostFixture.write(paths.kernelCommandLine(), line + "\n");

      assertThat(policy.enforcedBy(KERNEL)).contains("lockdown");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "lockdown=none",
          "module.sig_enforce=0",
          "xmodule.sig_enforce",
          "module.sig_enforcex",
          "quiet"
        })
    void requires_none_with_another_command_line(String line) throws IOException {
      HostFixture.write(paths.kernelCommandLine(), line + "\n");

      assertThat(policy.enforcedBy(KERNEL)).isEmpty();
    }

    @Test
    void reads_a_command_line_in_any_encoding() throws IOException {
      HostFixture.write(paths.kernelCommandLine(), "");
      Files.writeString(paths.kernelCommandLine(), "a=\u00e4 module.sig_enforce\n", ISO_8859_1);

      assertThat(policy.enforcedBy(KERNEL)).contains("module.sig_enforce");
    }
  }
}
