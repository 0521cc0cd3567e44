package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.adopt.RefusedException.Reason;
import org.kmodkeeper.model.Verdict;

/** A new version of a driver that is managed already. */
class AdoptionUpgradeTest extends AdoptionFixture {
  /** Version 1.2 is ready on two kernels. */
  private void readyOnTwoKernels() throws Exception {
    host.kernel(OLD).withHeaders();
    host.kernel(NEW).withHeaders();
    adopt(packed(archive("1.2")));
    assertThat(pass()).containsExactly(Verdict.READY, Verdict.READY);
  }

  @Test
  void switches_to_a_new_version_proven_for_every_kernel() throws Exception {
    readyOnTwoKernels();

    adopt(packed(archive("2.0")));

    assertThat(told).filteredOn(line -> line.startsWith("rehearsal")).hasSize(2);
    assertThat(kept()).isEqualTo("2.0");
    assertThat(sources()).containsExactly("nic-1.2", "nic-2.0");
    assertThat(host.paths().rehearsals()).isEmptyDirectory();
    assertThat(pass()).containsExactly(Verdict.READY, Verdict.READY);
  }

  @Test
  void changes_nothing_if_a_new_version_fails_on_one_kernel() throws Exception {
    readyOnTwoKernels();
    // The build defines RELEASE as the kernel's, and there is such a file for one of them.
    TestArchive picky =
        archive("2.0").file("nic-2.0/other.c", "#include RELEASE\n").file("nic-2.0/" + NEW, "");

    assertRefused(
        packed(picky),
        Reason.NOT_READY,
        "kernel " + OLD + ": nic 2.0 would not be ready: <command-line>: fatal error: " + OLD);

    assertThat(kept()).isEqualTo("1.2");
    assertThat(sources()).containsExactly("nic-1.2");
    assertThat(pass()).containsExactly(Verdict.READY, Verdict.READY);
  }

  @Test
  void names_the_log_in_the_refusal() throws Exception {
    readyOnTwoKernels();
    Path log =
        host.root().resolve("var/log/kmodkeeper").resolve(NEW).resolve("nic-2.0.rehearsal.log");

    assertRefused(
        packed(archive("2.0").file("nic-2.0/broken.c", "broken")), Reason.NOT_READY, "see " + log);
    assertThat(log).content().contains("broken.c");
  }

  @Test
  void refuses_a_new_version_for_a_kernel_without_headers() throws Exception {
    readyOnTwoKernels();
    Path tree = host.paths().modules().resolve(OLD);
    new GZIPOutputStream(Files.newOutputStream(tree.resolve("symvers.gz"))).close();
    Files.delete(tree.resolve("build"));

    assertRefused(
        packed(archive("2.0")),
        Reason.NOT_READY,
        "kernel "
            + OLD
            + ": nic 2.0 would not be ready: no kernel headers at /lib/modules/"
            + OLD
            + "/build; dnf install");
  }

  @Test
  void sees_the_serving_version_behind_a_just_adopted_one() throws Exception {
    readyOnTwoKernels();
    adopt(packed(archive("2.0")));

    assertRefused(
        packed(archive("3.0").file("nic-3.0/broken.c", "broken")), Reason.NOT_READY, "nic 3.0");

    assertThat(kept()).isEqualTo("2.0");
  }

  @Test
  void accepts_an_unproven_version_where_none_is_ready() throws Exception {
    host.kernel(NEW).withHeaders();
    adopt(packed(archive("1.2").file("nic-1.2/broken.c", "broken")));
    assertThat(pass()).containsExactly(Verdict.BUILD_FAILED);

    adopt(packed(archive("2.0")));

    assertThat(told).noneMatch(line -> line.startsWith("rehearsal"));
    assertThat(pass()).containsExactly(Verdict.READY);
  }

  @Test
  void accepts_an_older_version() throws Exception {
    readyOnTwoKernels();

    adopt(packed(archive("1.1")));

    assertThat(kept()).isEqualTo("1.1");
    assertThat(pass()).containsExactly(Verdict.READY, Verdict.READY);
  }
}
