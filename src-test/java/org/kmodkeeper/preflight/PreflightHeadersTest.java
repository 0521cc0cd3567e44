package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Verdict;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PreflightHeadersTest extends PreflightFixture {
  PreflightHeadersTest(@TempDir Path root) throws IOException {
    super(root);
  }

  @Test
  void compares_with_their_list() throws Exception {
    offer(OFFERED);
    offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");

    PreflightAnswer answer = answer(Depth.SYMVERS);

    assertThat(answer.detail()).isEqualTo("built for 6.1.0-1.el9.x86_64 by dkms, CRCs compared: 1");
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
    assertThat(answer.detail()).isEqualTo("kernel-devel-2: it has the headers of kernel " + BUILT);
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
