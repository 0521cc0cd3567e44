package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestModule;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PreflightHeadersTest extends PreflightFixture {
  PreflightHeadersTest(@TempDir Path root) throws IOException {
    super(root);
  }

  @Nested
  class From_the_headers {
    @Test
    void compares_with_their_list() throws Exception {
      offer(OFFERED);
      offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");

      PreflightAnswer answer = answer(Depth.SYMVERS);

      assertThat(answer.detail())
          .isEqualTo("built for 6.1.0-1.el9.x86_64 by dkms, CRCs compared: 1");
      assertThat(answer.verdict()).isEqualTo(Verdict.READY);
      assertThat(answer.depth()).isEqualTo(Depth.SYMVERS);
      assertThat(host.paths().downloads()).doesNotExist();
    }

    @Test
    void keeps_the_last_answer_until_there_is_a_new_one() throws Exception {
      offer(OFFERED);
      offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");
      answer(Depth.SYMVERS);
      Path then = host.root().resolve("then");
      String said = host.root().resolve("said").toString();
      host.standIn(
          "dnf",
          "case $* in *repoquery*) cat %s ;; *) cp %s/preflight.json %s; exit 1; esac"
              .formatted(said, host.paths().state(), then));

      answer(Depth.SYMVERS);

      assertThat(Files.readString(then)).contains("ixgbevf 1.2 is ready for it");
      assertThat(kept()).doesNotContain("ixgbevf 1.2 is ready for it");
    }

    @Test
    void says_that_none_are_offered() throws Exception {
      offer(OFFERED);

      assertThat(answer(Depth.BUILD).verdict()).isEqualTo(Verdict.NO_HEADERS);
      assertThat(kept()).contains("will not be ready for it (no-headers: ");
    }

    @Test
    void refuses_those_of_another_kernel() throws Exception {
      offer(OFFERED);
      offerHeaders(OFFERED, BUILT.release(), "netif_rx 0x00000001");

      PreflightAnswer answer = answer(Depth.BUILD);

      assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
      assertThat(answer.detail())
          .isEqualTo("kernel-devel-2: it has the headers of kernel " + BUILT);
    }

    @Test
    void refuses_an_unsigned_package_where_gpgcheck_is_set() throws Exception {
      offer(OFFERED);
      offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");
      Files.writeString(gpgcheck(), "1");

      assertThat(answer(Depth.BUILD).detail())
          .isEqualTo("kernel-devel-2: it is not signed, and its repository base has gpgcheck");
    }

    @Test
    void refuses_a_package_that_rpm_does_not_trust() throws Exception {
      offer(OFFERED);
      offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");
      host.standIn("rpmkeys", "echo \"$2: digests SIGNATURES NOT OK\"; exit 1");

      assertThat(answer(Depth.BUILD).detail())
          .isEqualTo("kernel-devel-2: rpm does not trust it: digests SIGNATURES NOT OK");
    }

    @Test
    void says_in_dnfs_words_that_they_cannot_be_downloaded() throws Exception {
      offer(OFFERED);
      offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");
      String said = host.root().resolve("said").toString();
      host.standIn(
          "dnf",
          "case $* in *repoquery*) cat %s ;; *) echo 'Error: No such mirror'; exit 1; esac"
              .formatted(said));

      PreflightAnswer answer = answer(Depth.BUILD);

      assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
      assertThat(answer.detail())
          .isEqualTo("kernel-devel-2: cannot download it: Error: No such mirror");
    }
  }

  @Nested
  class By_a_build {
    @BeforeEach
    void offer_another_class() throws Exception {
      offer(OFFERED, "netif_rx 0x00000010");
      offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000010");
    }

    @Test
    void stores_what_is_built() throws Exception {
      PreflightAnswer answer = answer(Depth.BUILD);

      assertThat(answer.detail()).isEqualTo("built for it and stored");
      assertThat(answer.verdict()).isEqualTo(Verdict.READY);
      assertThat(store.of(driver, OFFERED)).isPresent();
      assertThat(answer(Depth.STORED).detail())
          .isEqualTo("built for 6.1.0-2.el9.x86_64 by direct, CRCs compared: 0");
    }

    @Test
    void promises_no_stored_build_that_is_not_to_be_used() throws Exception {
      policy = by(Remedy.DIRECT);

      PreflightAnswer answer = answer(Depth.BUILD);

      assertThat(answer.verdict()).isEqualTo(Verdict.MISSING);
      assertThat(answer.detail())
          .isEqualTo("it compiles; it will be built when the kernel is installed");
    }

    @Test
    void refuses_what_nobody_signs_where_it_must_be_signed() throws Exception {
      HostFixture.write(host.paths().kernelCommandLine(), "ro module.sig_enforce=1\n");

      PreflightAnswer answer = answer(Depth.BUILD);

      assertThat(answer.verdict()).isEqualTo(Verdict.UNSIGNED);
      assertThat(store.of(driver, OFFERED)).isEmpty();
    }

    @Test
    void finds_headers_that_are_not_the_kernels_own() throws Exception {
      Files.writeString(
          driver.source().resolve("ixgbevf.c"),
          TestModule.named("ixgbevf").version("1.2").calling("netif_rx", 0x10).source());
      Path said = host.root().resolve("said");
      Files.writeString(said, Files.readString(said).replace("0x00000010", "0x00000020"));

      PreflightAnswer answer = answer(Depth.BUILD);

      assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
      assertThat(answer.detail())
          .startsWith("the headers that are offered are not those of this kernel: ")
          .contains("netif_rx has CRC 0x00000010, expected 0x00000020");
    }

    @Test
    void tells_why_it_does_not_compile() throws Exception {
      Files.writeString(driver.source().resolve("ixgbevf.c"), "int x = y;\n");

      PreflightAnswer answer = answer(Depth.BUILD);

      assertThat(answer.verdict()).isEqualTo(Verdict.BUILD_FAILED);
      assertThat(answer.detail()).contains("ixgbevf.c:1:").contains("undeclared");
      assertThat(Path.of(String.valueOf(answer.log()))).isRegularFile();
      assertThat(kept()).contains("\"holds\":true").contains("does not compile for it (");
      assertThat(host.paths().downloads()).doesNotExist();
    }

    @Test
    void blames_no_source_for_what_the_host_lacks() throws Exception {
      Files.writeString(
          driver.source().resolve("ixgbevf.c"), "#error No space left on device\nint x = y;\n");

      PreflightAnswer answer = answer(Depth.BUILD);

      assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
      assertThat(answer.speaksAgainst()).isFalse();
      assertThat(Path.of(String.valueOf(answer.log()))).isRegularFile();
      assertThat(kept()).doesNotContain("\"holds\":true");
    }

    @Test
    void blames_no_source_where_nothing_can_be_confined() throws Exception {
      HostFixture.write(
              host.paths().confine(),
              """
              #!/bin/sh
              case "$*" in *--headers*) echo 'confine: no namespaces' >&2; exit 125 ;; esac
              while [ "$1" != -- ]; do shift; done
              shift
              exec "$@"
              """)
          .toFile()
          .setExecutable(true);

      PreflightAnswer answer = answer(Depth.BUILD);

      assertThat(answer.detail()).isEqualTo("confine: no namespaces");
      assertThat(answer.verdict()).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void repeats_a_failure_for_the_timer_with_another_source() throws Exception {
      Files.writeString(driver.source().resolve("ixgbevf.c"), "int x = y;\n");
      answer(Depth.BUILD);

      assertThat(answer(Depth.STORED).verdict()).isEqualTo(Verdict.MISSING);
      assertThat(kept()).contains("does not compile for it (");
      assertThat(answer(Depth.BUILD, false).at()).isEqualTo(clock.instant());
      clock.advance(Duration.ofMinutes(1));
      assertThat(answer(Depth.BUILD, false).at()).isBefore(clock.instant());
      assertThat(answer(Depth.BUILD, true).at()).isEqualTo(clock.instant());
      Files.writeString(driver.source().resolve("ixgbevf.c"), "int x = z;\n");
      assertThat(answer(Depth.BUILD, false).detail()).contains("'z' undeclared");
    }
  }
}
