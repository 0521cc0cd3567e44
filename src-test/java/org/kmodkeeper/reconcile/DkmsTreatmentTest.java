package org.kmodkeeper.reconcile;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.tools.BuildLog;
import org.kmodkeeper.tools.Dkms;

/** What is told of one driver after an autoinstall that was of several; it prints what dkms did. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DkmsTreatmentTest {
  private static final Path PRINTED =
      Path.of("src-test/resources/org/kmodkeeper/tools/dkms-3.0.10-autoinstall-of-several.log");

  private final HostFixture host;
  private final Dkms dkms;
  private final DkmsTreatment treatment;

  DkmsTreatmentTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    dkms = new Dkms(host.paths(), host.runner());
    treatment = new DkmsTreatment(dkms, () -> Duration.ofSeconds(30));
    dkmsDoes("exit 11");
  }

  private void dkmsDoes(String more) throws IOException {
    host.standIn("dkms", "cat " + PRINTED.toAbsolutePath() + "\n" + more);
  }

  private static Driver driver(String name, String version) {
    return new Driver(name, version, Path.of("/usr/src/" + name), List.of(name));
  }

  private Path buildLog(Driver driver, String text) throws IOException {
    return HostFixture.write(dkms.buildLog(driver), text);
  }

  private Treatment.Result tried(Driver driver) throws Exception {
    Observation observation = Facts.missing().of(driver).observation();
    BuildLog log = BuildLog.begin(host.root().resolve("dkms.log"));
    return treatment.apply(observation, Planner.Demand.NONE, log);
  }

  @Test
  void it_is_the_drivers_own_compiler_that_is_quoted() throws Exception {
    Driver driver = driver("ipt-netflow", "2.6");
    Path log = dkms.buildLog(driver);
    Files.createDirectories(requireNonNull(log.getParent()));
    dkmsDoes("echo 'a.c:1: error: too old' >" + log + "\nexit 11");

    assertThat(tried(driver))
        .isEqualTo(new Treatment.Result(Outcome.BUILD_FAILED, "a.c:1: error: too old"));
    assertThat(host.root().resolve("dkms.log")).content().endsWith("error: too old\n");
  }

  @Test
  void a_build_log_of_another_time_is_not_quoted() throws Exception {
    Driver driver = driver("ddcci", "0.4.2");
    buildLog(driver, "a.c:1: error: of another kernel\n");

    assertThat(tried(driver).detail()).startsWith("Error! ").contains("for module ddcci includes");
    assertThat(host.root().resolve("dkms.log")).content().doesNotContain("of another kernel");
  }

  @Test
  void a_driver_that_dkms_declined_did_not_fail_with_the_others() throws Exception {
    assertThat(tried(driver("ixgbevf", "1.0")))
        .isEqualTo(
            new Treatment.Result(
                Outcome.NOTHING_LANDED,
                "failed for other drivers; for this one it installed nothing: its version check"
                    + " takes the kernel's own module for the same"));
  }

  @Test
  void a_driver_that_dkms_does_not_speak_of_did_not_fail() throws Exception {
    assertThat(tried(driver("hello", "1.0")).outcome()).isEqualTo(Outcome.NOTHING_LANDED);
  }

  @Test
  void what_ends_dkms_altogether_is_every_drivers_error() throws Exception {
    host.standIn("dkms", "echo 'Error! Your disk is full.'; exit 1");

    assertThat(tried(driver("hello", "1.0")))
        .isEqualTo(new Treatment.Result(Outcome.BUILD_FAILED, "Error! Your disk is full."));
  }
}
