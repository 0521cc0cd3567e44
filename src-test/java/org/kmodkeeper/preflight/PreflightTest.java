package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.store.Artifact;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestKey;
import org.kmodkeeper.testing.TestSettings;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PreflightTest extends PreflightFixture {
  PreflightTest(@TempDir Path root) throws IOException {
    super(root);
  }

  @Test
  void is_ready_if_each_symbol_is_the_same() throws Exception {
    offer(OFFERED, "netif_rx 0x00000001", "other 0x00000002");

    PreflightAnswer answer = answer(Depth.STORED);

    assertThat(answer.verdict()).isEqualTo(Verdict.READY);
    assertThat(answer.detail()).isEqualTo("built for 6.1.0-1.el9.x86_64 by dkms, CRCs compared: 1");
    assertThat(kept()).contains("\"line\":\"ixgbevf 1.2 is ready for it\"");
  }

  @Test
  void names_a_symbol_that_differs_with_both_crcs() throws Exception {
    offer(OFFERED, "netif_rx 0x00000010");
    nameHeaders(OFFERED);

    PreflightAnswer answer = answer(Depth.STORED);

    assertThat(answer.verdict()).isEqualTo(Verdict.MISSING);
    assertThat(answer.detail()).contains("netif_rx has CRC 0x00000001, expected 0x00000010");
    assertThat(kept()).contains("\"line\":\"ixgbevf 1.2 will be built for it\"");
  }

  @Test
  void names_a_symbol_that_is_gone() throws Exception {
    offer(OFFERED, "other 0x00000001");

    assertThat(answer(Depth.STORED).detail()).contains("netif_rx is not exported");
  }

  @Test
  void is_unknown_where_the_packages_tell_no_symbols() throws Exception {
    offer(OFFERED);

    assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.UNKNOWN);
    assertThat(kept()).contains("\"kernels\":[]");
  }

  @Test
  void takes_no_build_for_another_variant() throws Exception {
    host.kernel("6.1.0-1.el9.x86_64+rt");
    Kernel realTime = new Kernel("6.1.0-2.el9.x86_64+rt");
    offer(realTime, "netif_rx 0x00000001");
    nameHeaders(realTime);

    PreflightAnswer answer = answer(Depth.STORED);

    assertThat(answer.verdict()).isEqualTo(Verdict.MISSING);
    assertThat(answer.detail()).startsWith("no build that could fit is stored");
  }

  @Test
  void takes_no_build_of_another_source() throws Exception {
    Files.writeString(driver.source().resolve("more.c"), "int more;\n");
    offer(OFFERED, "netif_rx 0x00000001");

    assertThat(answer(Depth.STORED).detail()).contains("the driver's source has changed since");
  }

  @Test
  void promises_no_build_where_no_remedy_makes_one() throws Exception {
    policy = by(Remedy.STORED);
    offer(OFFERED, "netif_rx 0x00000010");

    assertThat(answer(Depth.STORED).detail())
        .endsWith("; the setting remedies has neither dkms nor direct");
  }

  @Test
  void promises_no_build_without_headers() throws Exception {
    offer(OFFERED, "netif_rx 0x00000010");

    PreflightAnswer answer = answer(Depth.STORED);

    assertThat(answer.verdict()).isEqualTo(Verdict.NO_HEADERS);
    assertThat(answer.detail())
        .contains("netif_rx has CRC 0x00000001, expected 0x00000010")
        .endsWith("; no enabled repository has its headers: kernel-devel-uname-r = " + OFFERED);
    assertThat(kept()).contains("will not be ready for it (no-headers: ");
  }

  @Test
  void tells_a_driver_whose_source_is_gone() throws Exception {
    offer(OFFERED, "netif_rx 0x00000001");
    FileUtils.deleteDirectory(driver.source().toFile());
    HostFixture.write(host.paths().tree(BUILT).resolve("updates/ixgbevf.ko"), "what is left of it");

    PreflightAnswer answer = answer(Depth.STORED);

    assertThat(answer.verdict()).isEqualTo(Verdict.NO_SOURCE);
    assertThat(answer.required()).isTrue();
    assertThat(kept())
        .contains("\"line\":\"ixgbevf will not be ready for it (no-source: no directory ")
        .contains("\"holds\":false")
        .contains("\"drivers\":[]");
  }

  @Test
  void passes_over_a_driver_that_is_not_set_up() throws Exception {
    offer(OFFERED, "netif_rx 0x00000001");
    FileUtils.deleteDirectory(driver.source().toFile());

    assertThat(answers(Depth.STORED)).isEmpty();
  }

  @Test
  void notices_a_stored_build_that_was_changed_since() throws Exception {
    offer(OFFERED, "netif_rx 0x00000001");
    assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.READY);
    Artifact artifact = store.of(driver, BUILT).orElseThrow();
    Files.writeString(artifact.file(artifact.manifest().modules().get(0)), "garbage");

    assertThat(answer(Depth.STORED).detail()).contains("does not fit: its ixgbevf.ko was changed");
  }

  @Nested
  class Signatures {
    @BeforeEach
    void require_them() throws Exception {
      HostFixture.write(host.paths().kernelCommandLine(), "ro module.sig_enforce=1\n");
      offer(OFFERED, "netif_rx 0x00000001");
      nameHeaders(OFFERED);
    }

    @Test
    void refuses_a_build_without_one() throws Exception {
      PreflightAnswer answer = answer(Depth.STORED);

      assertThat(answer.verdict()).isEqualTo(Verdict.UNSIGNED);
      assertThat(answer.detail())
          .endsWith("does not fit: it is not signed, and module.sig_enforce requires a signature");
    }

    @Test
    void refuses_a_build_that_is_signed_by_an_unknown_key() throws Exception {
      Path module = module();
      TestKey.named("mok", host.root()).sign(module, "sha256");
      store(module);

      PreflightAnswer answer = answer(Depth.STORED);

      assertThat(answer.verdict()).isEqualTo(Verdict.UNSIGNED);
      assertThat(answer.detail())
          .contains("does not fit: signed by CN=mok, ")
          .contains(", which this kernel is not known to accept, and module.sig_enforce requires");
    }

    @Test
    void takes_a_build_that_is_signed_by_a_known_key() throws Exception {
      Path module = module();
      TestKey key = TestKey.named("mok", host.root());
      key.sign(module, "sha256");
      store(module);

      PreflightAnswer answer =
          answer(Depth.STORED, TestSettings.of(policy).certificates(key.certificate()));

      assertThat(answer.verdict()).isEqualTo(Verdict.READY);
    }

    @Test
    void says_first_what_a_new_build_would_mend() throws Exception {
      offer(OFFERED, "netif_rx 0x00000010");
      nameHeaders(OFFERED);

      assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.MISSING);
    }
  }

  @Nested
  class Exclusion {
    @BeforeEach
    void fit() throws Exception {
      offer(OFFERED, "netif_rx 0x00000001");
      nameHeaders(OFFERED);
    }

    private void exclude(String line) throws Exception {
      HostFixture.write(
          driver.source().resolve("dkms.conf"),
          "PACKAGE_NAME=ixgbevf\nPACKAGE_VERSION=1.2\nBUILT_MODULE_NAME[0]=ixgbevf\n"
              + "DEST_MODULE_LOCATION[0]=/updates\n"
              + line
              + "\n");
      store(module());
    }

    @Test
    void refuses_a_release_that_a_required_driver_is_not_for() throws Exception {
      exclude("BUILD_EXCLUSIVE_KERNEL='^6[.]1[.]0-1[.]'");

      PreflightAnswer answer = answer(Depth.STORED);

      assertThat(answer.verdict()).isEqualTo(Verdict.UNSUPPORTED);
      assertThat(answer.verdict().exitStatus()).isEqualTo(30);
      assertThat(answer.detail())
          .startsWith("its dkms.conf excludes this kernel: BUILD_EXCLUSIVE_KERNEL=");
      assertThat(kept()).contains("is not made for it (").contains("\"holds\":false");
    }

    @Test
    void takes_a_kernel_that_has_the_driver_in_itself() throws Exception {
      exclude("BUILD_EXCLUSIVE_KERNEL='^6[.]1[.]0-1[.]'");
      HostFixture.write(
          host.paths().tree(BUILT).resolve("modules.builtin"), "kernel/drivers/net/ixgbevf.ko\n");

      assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.EXCLUDED);
    }

    @Test
    void takes_a_kernel_whose_own_module_dkms_has_moved_away() throws Exception {
      exclude("BUILD_EXCLUSIVE_KERNEL='^6[.]1[.]0-1[.]'");
      HostFixture.write(
          host.paths()
              .dkmsTree()
              .resolve("ixgbevf/original_module/" + BUILT + "/x86_64/ixgbevf.ko"),
          "the kernel's own");

      assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.EXCLUDED);
    }

    @Test
    void does_not_count_a_module_of_the_kernel_that_is_not_installed() throws Exception {
      exclude("BUILD_EXCLUSIVE_KERNEL='^6[.]1[.]0-1[.]'");
      Path tree = host.paths().tree(BUILT);
      HostFixture.write(tree.resolve("modules.order"), "kernel/drivers/net/ixgbevf.ko\n");
      assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.UNSUPPORTED);

      HostFixture.write(tree.resolve("kernel/drivers/net/ixgbevf.ko.xz"), "the kernel's own");

      assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.EXCLUDED);
    }

    @Test
    void allows_it_where_boot_excluded_does() throws Exception {
      exclude("BUILD_EXCLUSIVE_KERNEL='^6[.]1[.]0-1[.]'");

      PreflightAnswer answer =
          answer(Depth.STORED, TestSettings.of(policy).excluded(Settings.Excluded.BOOTABLE));

      assertThat(answer.verdict()).isEqualTo(Verdict.EXCLUDED);
    }

    @Test
    void takes_a_release_that_the_driver_is_for() throws Exception {
      exclude("BUILD_EXCLUSIVE_KERNEL='^6[.]1[.]'");

      assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.READY);
    }

    @Test
    void knows_nothing_where_it_depends_on_the_configuration() throws Exception {
      exclude("BUILD_EXCLUSIVE_CONFIG=CONFIG_PCI_MSI");

      PreflightAnswer answer = answer(Depth.STORED);

      assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
      assertThat(answer.detail()).startsWith("its dkms.conf has BUILD_EXCLUSIVE_CONFIG, and ");
    }

    @Test
    void reads_the_configuration_out_of_the_headers() throws Exception {
      exclude("BUILD_EXCLUSIVE_CONFIG=CONFIG_PCI_MSI");
      offer(OFFERED, "netif_rx 0x00000001");
      offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");

      assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.UNSUPPORTED);
      clock.advance(Duration.ofMinutes(1));
      assertThat(answer(Depth.BUILD, false).at()).isBefore(clock.instant());
      assertThat(downloads()).isEqualTo(1);

      exclude("BUILD_EXCLUSIVE_CONFIG=CONFIG_MODULES");

      assertThat(answer(Depth.SYMVERS).verdict()).isEqualTo(Verdict.READY);
    }
  }

  @Test
  void promises_no_build_without_a_compiler() throws Exception {
    host.without("gcc");
    offer(OFFERED, "netif_rx 0x00000010");

    PreflightAnswer answer = answer(Depth.STORED);

    assertThat(answer.verdict()).isEqualTo(Verdict.NO_COMPILER);
    assertThat(answer.detail()).endsWith("; gcc not installed");
  }
}
