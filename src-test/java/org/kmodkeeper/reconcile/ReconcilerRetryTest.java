package org.kmodkeeper.reconcile;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** What keeps a driver from being built is told, and tried again when that may help. */
class ReconcilerRetryTest extends ReconcilerFixture {
  @Test
  void does_not_repeat_a_rebuild_after_the_clock_was_set_back() throws Exception {
    readyKernel();
    reconciler.requestRebuild(null, null);
    clock.advance(Duration.ofHours(-5));

    pass();
    pass();

    assertThat(
            reconciler.reader().history(null, null, 99).stream().filter(Attempt.class::isInstance))
        .hasSize(2);
  }

  @Test
  void ignores_the_pause_after_a_failure_in_the_future() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    HostFixture.write(kernel.headers().resolve("Makefile"), "modules:\n\tfalse\n");
    pass();
    clock.advance(Duration.ofDays(-365));

    pass();

    assertThat(
            reconciler.reader().history(null, null, 99).stream().filter(Attempt.class::isInstance))
        .hasSize(2);
    assertThat(state().plan())
        .isEqualTo(new Plan.Retry(clock.instant().plus(Duration.ofMinutes(2))));
  }

  @Test
  void reports_a_broken_source_by_the_compilers_first_error() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    Path source = host.source("ixgbevf", "1.2");
    Files.writeString(source.resolve("ixgbevf.c"), "#include \"no_such.h\"\n");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.BUILD_FAILED);
    assertThat(state().finding().detail())
        .startsWith("direct: ")
        .contains("fatal error: no_such.h: No such file or directory");
    assertThat(state().finding().advice()).contains("/6.1.0-1.el9.x86_64/ixgbevf-1.2.direct.log");
    assertThat(kernel.file("extra")).doesNotExist();
    assertThat(state().plan()).isInstanceOf(Plan.Retry.class);
  }

  @Test
  void never_retries_a_failed_build_early_even_after_a_restart() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Files.writeString(host.source("ixgbevf", "1.2").resolve("ixgbevf.c"), "broken");
    pass();
    Attempt first = state().last();

    reconciler = restarted();
    pass();

    assertThat(state().last()).isEqualTo(first);
    assertThat(verdict()).isEqualTo(Verdict.BUILD_FAILED);
  }

  @Test
  void repeats_a_failed_build_when_its_time_has_come() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Files.writeString(host.source("ixgbevf", "1.2").resolve("ixgbevf.c"), "broken");
    pass();
    Attempt first = state().last();

    clock.advance(Duration.ofMinutes(2));
    pass();

    assertThat(state().last()).isNotEqualTo(first);
  }

  @Test
  void repeats_once_a_build_during_which_it_was_killed() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");

    kill_in_mid_build();
    assertThat(state().plan()).isEqualTo(new Plan.Apply(Remedy.DIRECT));
    assertThat(requireNonNull(state().last()).outcome()).isEqualTo(Outcome.INTERRUPTED);

    kill_in_mid_build();
    assertThat(verdict()).isEqualTo(Verdict.BUILD_FAILED);
    assertThat(state().finding().detail())
        .contains("the daemon was killed during the attempt again");
    assertThat(state().plan()).isInstanceOf(Plan.Retry.class);

    clock.advance(Duration.ofMinutes(2));
    kill_in_mid_build();
    assertThat(state().plan()).isInstanceOf(Plan.Retry.class);
  }

  @Test
  void does_not_take_an_ended_attempt_for_an_interrupted_one() throws Exception {
    readyKernel();
    Attempt installed = state().last();

    reconciler = restarted();
    reconciler.recover();

    assertThat(state().last()).isEqualTo(installed);
    assertThat(host.paths().state()).isDirectoryNotContaining("glob:**attempt*");
  }

  /** What is on disk in the middle of the build is all that is left of the reconciler. */
  private void kill_in_mid_build() throws Exception {
    Path state = host.paths().state();
    Path left = state.resolveSibling("left");
    var settings =
        HostFixture.settings(
            HostFixture.driver("ixgbevf", "cp -r " + state + " " + left + "; false"));
    reconciler.reconfigure(settings);
    clock.advance(Duration.ofSeconds(1));
    pass();
    FileUtils.deleteDirectory(state.toFile());
    Files.move(left, state);
    reconciler = restarted();
    reconciler.reconfigure(settings);
    reconciler.recover();
  }

  @Test
  void builds_a_fixed_source_at_once() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Path code = host.source("ixgbevf", "1.2").resolve("ixgbevf.c");
    String good = Files.readString(code);
    Files.writeString(code, "broken");
    pass();

    Files.writeString(code, good);
    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void ignores_dkmss_first_key_but_not_a_changed_one() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Files.writeString(host.source("ixgbevf", "1.2").resolve("ixgbevf.c"), "broken");
    Path key = host.paths().dkmsTree().resolve("mok.pub");
    Files.createDirectories(host.paths().dkmsTree());
    host.standIn("gcc", "[ -e " + key + " ] || echo key >" + key + "; exec @real@ \"$@\"");

    pass();
    pass();
    assertThat(key).exists();
    assertThat(attempts()).isEqualTo(1);

    Files.writeString(key, "another key");
    pass();
    assertThat(attempts()).isEqualTo(2);
  }

  private long attempts() {
    return reconciler.reader().history(null, null, 100).stream()
        .filter(Attempt.class::isInstance)
        .count();
  }

  @Test
  void counts_as_a_change_what_an_operator_adds_for_dkms() throws Exception {
    host.kernel(RELEASE).withHeaders();
    Files.writeString(host.source("ixgbevf", "1.2").resolve("ixgbevf.c"), "broken");
    pass();

    for (String file :
        List.of(
            "ixgbevf--" + RELEASE + ".conf",
            "ixgbevf/patches/a.patch",
            "framework.conf.d/a.conf")) {
      Attempt before = state().last();
      HostFixture.write(host.paths().dkmsConfiguration().resolve(file), "");
      pass();
      assertThat(state().last()).as(file).isNotEqualTo(before);
    }
    Attempt last = state().last();
    HostFixture.write(host.paths().dkmsConfiguration().resolve("another.conf"), "");
    pass();
    assertThat(state().last()).isEqualTo(last);
  }

  @Test
  void uses_headers_that_come_later_at_once() throws Exception {
    InstalledKernel kernel = host.kernel(RELEASE);
    host.source("ixgbevf", "1.2");
    pass();
    assertThat(verdict()).isEqualTo(Verdict.NO_HEADERS);
    assertThat(state().last()).isNull();

    kernel.withHeaders();
    pass();

    assertThat(verdict()).isEqualTo(Verdict.READY);
  }

  @Test
  void reports_a_host_without_a_compiler() throws Exception {
    host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    host.without("gcc");

    pass();

    assertThat(verdict()).isEqualTo(Verdict.NO_COMPILER);
  }
}
