package org.kmodkeeper.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PreflightFileTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final HostFixture host;
  private final PreflightFile file;

  PreflightFileTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    file = new PreflightFile(host.paths());
  }

  private static PreflightAnswer answer(String kernel, String driver, Verdict verdict) {
    return new PreflightAnswer(
        NOW, kernel, driver, "1.2", true, "digest", Depth.BUILD, verdict, "why", null);
  }

  private Path place() {
    return host.paths().state().resolve("preflight.json");
  }

  @Test
  void reads_what_it_has_written() throws IOException {
    List<PreflightAnswer> answers = List.of(answer("6.1.0-2", "nic", Verdict.READY));

    file.write(answers, null, NOW);

    assertThat(file.read()).isEqualTo(answers);
  }

  @Test
  void says_where_the_next_boot_stays_if_it_is_not_bootable() throws IOException {
    file.write(
        List.of(
            answer("6.1.0-2", "nic", Verdict.BUILD_FAILED),
            answer("6.1.0-2", "disk", Verdict.READY)),
        "6.1.0-1",
        NOW);

    assertThat(Files.readString(place()))
        .contains(
            "\"line\":\"nic 1.2 does not compile for it (why); disk 1.2 is ready for it; the next"
                + " boot stays on 6.1.0-1\"")
        .contains("\"drivers\":[\"disk\",\"nic\"]")
        .contains("\"holds\":true");
  }

  @Test
  void says_nothing_of_what_is_not_known() throws IOException {
    file.write(List.of(answer("6.1.0-2", "nic", Verdict.UNKNOWN)), "6.1.0-1", NOW);

    assertThat(Files.readString(place())).contains("\"kernels\":[]");
  }

  @Test
  void holds_back_no_kernel_for_what_can_still_be_mended() throws IOException {
    file.write(List.of(answer("6.1.0-2", "nic", Verdict.NO_HEADERS)), null, NOW);

    assertThat(Files.readString(place())).contains("\"holds\":false");
  }

  @Test
  void leaves_out_kernels_that_are_installed() throws IOException {
    host.kernel("6.1.0-2");
    PreflightAnswer offered = answer("6.1.0-3", "nic", Verdict.READY);

    file.write(List.of(answer("6.1.0-2", "nic", Verdict.READY), offered), null, NOW);

    assertThat(file.offered()).containsExactly(offered);
  }

  @Test
  void forgets_a_driver_that_is_dropped() throws IOException {
    PreflightAnswer other = answer("6.1.0-2", "disk", Verdict.BUILD_FAILED);
    file.write(List.of(answer("6.1.0-2", "nic", Verdict.READY), other), "6.1.0-1", NOW);

    file.forget("nic");

    assertThat(file.read()).containsExactly(other);
    assertThat(Files.readString(place()))
        .contains("does not compile for it (why); the next boot stays on 6.1.0-1\"");
  }

  @Test
  void takes_a_file_that_is_not_whole_for_none() throws IOException {
    for (String text :
        List.of(
            "", "{", "[]", "{\"format\":2,\"answers\":[]}", "{\"format\":1,\"answers\":[{}]}")) {
      HostFixture.write(place(), text);

      assertThat(file.read()).isEmpty();
    }
  }
}
