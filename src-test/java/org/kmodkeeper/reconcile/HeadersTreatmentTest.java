package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.tools.BuildLog;
import org.kmodkeeper.tools.PackageManager;

/** Whether headers are asked for while a yum 3 runs, whose plugin may wait for them. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class HeadersTreatmentTest {
  private final HostFixture host;

  HeadersTreatmentTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
  }

  private Treatment.Result tried() throws Exception {
    var treatment =
        new HeadersTreatment(
            new PackageManager(host.paths(), host.runner()),
            new YumLock(host.paths()),
            Duration.ofMillis(300),
            Heartbeat.NONE);
    BuildLog log = BuildLog.begin(host.root().resolve("headers.log"));
    return treatment.apply(Facts.missing().observation(), Planner.Demand.NONE, log);
  }

  private void process(String pid, String name) throws IOException {
    HostFixture.write(host.root().resolve("proc/" + pid + "/comm"), name + "\n");
  }

  @Test
  void while_a_yum_runs_nothing_is_fetched_and_nobody_waits_for_long() throws Exception {
    HostFixture.write(host.paths().yumLock(), "4711\n");
    process("4711", "yum-cron");

    assertThat(tried())
        .isEqualTo(
            new Treatment.Result(
                Outcome.NOTHING_LANDED,
                "yum (pid 4711) still runs; they are fetched once it has ended"));
  }

  @ParameterizedTest
  @CsvSource({"'', yum", "4711, sshd", "4712, yum", "garbled, yum"})
  void a_lock_that_nobody_holds_keeps_nothing_back(String locked, String name) throws Exception {
    HostFixture.write(host.paths().yumLock(), locked + "\n");
    process("4711", name);

    // It would be fetched, had this been the host itself.
    assertThatIOException().isThrownBy(this::tried).withMessageContaining("not below a root");
  }
}
