package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;

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
    offer(new Kernel("6.1.0-2.el9.x86_64+rt"), "netif_rx 0x00000001");

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
  void takes_no_unsigned_build_where_it_must_be_signed() throws Exception {
    HostFixture.write(host.paths().kernelCommandLine(), "ro module.sig_enforce=1\n");
    offer(OFFERED, "netif_rx 0x00000001");

    assertThat(answer(Depth.STORED).detail()).contains("does not fit: it is not signed");
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
