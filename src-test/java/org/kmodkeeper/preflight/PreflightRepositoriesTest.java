package org.kmodkeeper.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;

/**
 * What is asked of the package manager, and which of the kernels that it names are answered for.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PreflightRepositoriesTest extends PreflightFixture {
  PreflightRepositoriesTest(@TempDir Path root) throws IOException {
    super(root);
  }

  private Path asked() {
    return host.root().resolve("asked");
  }

  /** The program writes down what it is asked, an argument a line, and does what it did. */
  private void listenTo(String program) throws IOException {
    Path script = host.root().resolve("stand-ins").resolve(program);
    String does = Files.readString(script).replaceFirst("#!/bin/sh\n", "");
    host.standIn(program, "printf '%s\\n' \"$@\" >>'" + asked() + "'\n" + does);
  }

  private List<String> asked(String program, Depth depth) throws Exception {
    listenTo(program);
    answer(depth);
    return Files.readAllLines(asked());
  }

  @Nested
  class With_dnf {
    @Test
    void asks_for_all_kernels_with_modules_and_headers() throws Exception {
      offer(OFFERED);

      assertThat(asked("dnf", Depth.STORED)).containsSequence("--whatprovides", "kernel*-uname-r");
    }

    @Test
    void has_them_asked_anew() throws Exception {
      offer(OFFERED);

      assertThat(asked("dnf", Depth.STORED)).contains("--refresh");
    }

    @Test
    void has_no_repository_skipped() throws Exception {
      offer(OFFERED);

      assertThat(asked("dnf", Depth.STORED)).contains("--setopt=*.skip_if_unavailable=0");
    }

    @Test
    void downloads_from_the_repository_whose_gpgcheck_counts() throws Exception {
      offer(OFFERED);
      offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");

      assertThat(asked("dnf", Depth.SYMVERS)).containsSequence("--repo=base", "kernel-devel-2");
    }
  }

  @Nested
  class With_yum {
    private Path expired() {
      return host.root().resolve("expired");
    }

    /** What dnf has said so far, the programs of yum-utils say, if yum is to ask anew. */
    private void replaceDnf() throws IOException {
      Path said = host.root().resolve("said");
      Path headers = host.root().resolve("kernel-devel.rpm");
      host.withoutStandIn("dnf");
      host.standIn("yum", "[ \"$*\" = '--quiet clean expire-cache' ] && touch " + expired());
      host.standIn("repoquery", "rm " + expired() + " && cat " + said);
      host.standIn(
          "yumdownloader",
          "while [ $# -gt 1 ]; do [ $1 = --destdir ] && cp %s $2; shift; done".formatted(headers));
      host.standIn("yum-config-manager", "echo gpgcheck = 0");
    }

    @Test
    void asks_for_all_kernels_with_modules_and_headers() throws Exception {
      offer(OFFERED);
      replaceDnf();

      assertThat(asked("repoquery", Depth.STORED))
          .contains("--whatprovides", "kernel*-uname-r", "--setopt=*.skip_if_unavailable=0");
    }

    @Test
    void downloads_what_the_plugin_holds_back() throws Exception {
      offer(OFFERED);
      offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");
      replaceDnf();

      assertThat(asked("yumdownloader", Depth.SYMVERS))
          .contains("--disableplugin=kmodkeeper", "--disablerepo=*", "--enablerepo=base");
      assertThat(answer(Depth.SYMVERS).verdict()).isEqualTo(Verdict.READY);
    }
  }

  @Nested
  class Of_all_that_are_newer {
    private List<String> answered() throws Exception {
      return Preflight.open(host.paths(), host.runner(), HostFixture.settings(policy), clock)
          .run(new Preflight.Request(null, null, Depth.STORED, true))
          .answers()
          .stream()
          .map(PreflightAnswer::kernel)
          .toList();
    }

    private void offerMore(String release) throws IOException {
      Path said = host.root().resolve("said");
      Files.writeString(
          said,
          Files.readString(said) + "@ kernel-more base\nkernel-more-uname-r = " + release + "\n");
    }

    @Test
    void answers_for_the_variants_that_are_installed() throws Exception {
      offer(OFFERED);
      offerMore(OFFERED + "+rt");
      offerMore(OFFERED + "+debug");

      assertThat(answered()).containsExactly(OFFERED.release());

      host.kernel(BUILT + "+rt");

      assertThat(answered()).containsExactly(OFFERED + "+rt", OFFERED.release());
    }

    @Test
    void answers_for_oracles_kernel_where_one_is_installed() throws Exception {
      String oracles = "6.1.0-2.el9uek.x86_64";
      offer(OFFERED);
      offerMore(oracles);

      assertThat(answered()).containsExactly(OFFERED.release());

      host.kernel("5.4.0-1.el9uek.x86_64");

      assertThat(answered()).contains(oracles);
    }

    @Test
    void answers_for_any_kernel_that_is_named() throws Exception {
      offer(new Kernel(OFFERED + "+debug"));

      assertThat(
              Preflight.open(host.paths(), host.runner(), HostFixture.settings(policy), clock)
                  .run(new Preflight.Request(OFFERED + "+debug", null, Depth.STORED, true))
                  .answers())
          .hasSize(1);
    }
  }

  @Test
  void unpacks_headers_where_only_root_can_enter() throws Exception {
    offer(OFFERED);
    offerHeaders(OFFERED, OFFERED.release(), "netif_rx 0x00000001");
    Path mode = host.root().resolve("mode");
    host.standIn("cpio", "/usr/bin/stat -c %a .. >" + mode + "; exec @real@ \"$@\"");

    assertThat(answer(Depth.SYMVERS).verdict()).isEqualTo(Verdict.READY);

    assertThat(mode).hasContent("700");
  }
}
