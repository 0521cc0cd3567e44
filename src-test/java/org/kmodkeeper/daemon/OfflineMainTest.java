package org.kmodkeeper.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;

/** An update brings a kernel without headers: its reboot is into the old one. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(60)
class OfflineMainTest {
  private static final String OLD = "6.1.0-9.el9.x86_64";
  private static final String NEW = "6.1.0-20.el9.x86_64";
  private static final String ID = "0123456789abcdef-";

  private final TestClock clock = new TestClock();
  private final HostFixture host;
  private final GrubFixture grub;

  OfflineMainTest(@TempDir Path root) throws Exception {
    host = new HostFixture(root);
    Path configuration = Files.createDirectories(host.paths().configuration());
    HostFixture.write(configuration.resolve("kmodkeeper.conf"), "");
    HostFixture.write(
        configuration.resolve("drivers.d/ixgbevf.conf"), "[driver]\nrequired = yes\n");
    host.source("ixgbevf", "1.2");
    host.kernel(OLD).withHeaders();
    grub = GrubFixture.withBls(host.paths(), OLD);
    grub.edit("set", "saved_entry=" + ID + OLD);
    run();
    clock.advance(Duration.ofDays(30));
    host.kernel(NEW);
    grub.entryFile(ID + NEW, NEW);
    grub.edit("set", "saved_entry=" + ID + NEW);
  }

  private void run() throws Exception {
    OfflineMain.run(host.paths(), host.runner(), clock, Duration.ofMillis(1));
  }

  private void lockRpm() throws IOException {
    Path lock = host.paths().rpmLocks().get(0);
    HostFixture.write(lock, "");
    HostFixture.write(
        host.paths().procLocks(),
        "1: POSIX  ADVISORY  WRITE 708 08:01:%s 0 EOF\n"
            .formatted(Files.getAttribute(lock, "unix:ino")));
  }

  @Test
  void lets_the_guard_act() throws Exception {
    run();

    assertThat(grub.environmentText()).contains("saved_entry=" + ID + OLD);
  }

  @Test
  void lets_the_guard_act_even_where_rpm_stays_locked() throws Exception {
    lockRpm();

    run();

    assertThat(grub.environmentText()).contains("saved_entry=" + ID + OLD);
  }
}
