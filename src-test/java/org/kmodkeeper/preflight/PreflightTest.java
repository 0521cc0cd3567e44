package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.store.ArtifactStore;
import org.kmodkeeper.store.Manifest;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestModule;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PreflightTest {
  private static final String FILE = "ixgbevf.ko";
  private static final Kernel BUILT = new Kernel("6.1.0-1.el9.x86_64");
  private static final Kernel OFFERED = new Kernel("6.1.0-2.el9.x86_64");

  private final HostFixture host;
  private final ArtifactStore store;
  private final Kmod kmod;
  private final Driver driver;

  PreflightTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    store = new ArtifactStore(host.paths());
    kmod = new Kmod(host.paths(), host.runner());
    driver = new Driver("ixgbevf", "1.2", host.source("ixgbevf", "1.2"), List.of("ixgbevf"));
  }

  @BeforeEach
  void store_a_build() throws Exception {
    host.kernel(BUILT.release());
    Path module =
        TestModule.named("ixgbevf")
            .version("1.2")
            .builtFor(BUILT.release())
            .calling("netif_rx", 1)
            .at(host.root().resolve("built").resolve(FILE));
    SourceIdentity source = SourceIdentity.of(host.paths(), driver, null);
    store.add(
        new Manifest(
            Manifest.FORMAT,
            "ixgbevf",
            "1.2",
            source.source(),
            source.recipe(),
            BUILT,
            kmod.architecture(),
            "",
            "",
            null,
            null,
            List.of(new Manifest.Module("ixgbevf", FILE, Sha256.of(module), "", Map.of(), null)),
            Remedy.DKMS,
            Instant.EPOCH,
            ""),
        Map.of(FILE, module));
  }

  private Preflight.Answer answer(Kernel kernel, Map<String, Long> symbols) throws Exception {
    var preflight =
        Preflight.open(
            host.paths(),
            host.runner(),
            HostFixture.settings(HostFixture.driver("ixgbevf")),
            new TestClock());
    return preflight.answer(
        new OfferedKernel(kernel, symbols), preflight.drivers("ixgbevf").get(0));
  }

  @Test
  void says_ready_if_each_symbol_is_the_same() throws Exception {
    Preflight.Answer answer = answer(OFFERED, Map.of("netif_rx", 1L, "other", 2L));

    assertThat(answer.verdict()).isEqualTo(Verdict.READY);
    assertThat(answer.detail()).isEqualTo("built for 6.1.0-1.el9.x86_64 by dkms, CRCs compared: 1");
  }

  @Test
  void names_a_symbol_that_differs_with_both_crcs() throws Exception {
    Preflight.Answer answer = answer(OFFERED, Map.of("netif_rx", 0x10L));

    assertThat(answer.verdict()).isEqualTo(Verdict.MISSING);
    assertThat(answer.detail()).contains("netif_rx has CRC 0x00000001, expected 0x00000010");
  }

  @Test
  void names_a_symbol_that_is_gone() throws Exception {
    assertThat(answer(OFFERED, Map.of("other", 1L)).detail()).contains("netif_rx is not exported");
  }

  @Test
  void says_unknown_where_the_packages_tell_no_symbols() throws Exception {
    assertThat(answer(OFFERED, Map.of()).verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void takes_no_build_for_another_variant() throws Exception {
    Preflight.Answer answer = answer(new Kernel("6.1.0-2.el9.x86_64+rt"), Map.of("netif_rx", 1L));

    assertThat(answer.verdict()).isEqualTo(Verdict.MISSING);
    assertThat(answer.detail()).startsWith("no build that could fit is stored");
  }

  @Test
  void takes_no_build_of_another_source() throws Exception {
    Files.writeString(driver.source().resolve("more.c"), "int more;\n");

    assertThat(answer(OFFERED, Map.of("netif_rx", 1L)).detail())
        .contains("the driver's source has changed since");
  }
}
