package org.kmodkeeper.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.Heartbeat;

/** Seen among real processes: a script named dkms, as dkms is one. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class ForeignDkmsTest {
  private final Path root;
  private final ForeignDkms foreign;

  ForeignDkmsTest(@TempDir Path root) throws IOException {
    this.root = root;
    // Only one process: others on this machine may run a dkms of their own.
    Files.createDirectories(root.resolve("proc"));
    this.foreign = new ForeignDkms(new HostPaths(root), Heartbeat.NONE);
  }

  private Process dkms(String command) throws IOException {
    Path script = root.resolve("dkms");
    Files.writeString(script, "#!/bin/bash\nread line\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Process process = new ProcessBuilder(script.toString(), command).start();
    Files.createSymbolicLink(
        root.resolve("proc/" + process.pid()), Path.of("/proc/" + process.pid()));
    return process;
  }

  private static void end(Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    process.waitFor();
  }

  private void awaitWork() throws IOException, InterruptedException {
    while (!foreign.isAtWork()) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Test
  void one_that_builds_is_waited_for() throws Exception {
    Process process = dkms("autoinstall");
    awaitWork();
    var ender =
        new Thread(
            () -> {
              try {
                TimeUnit.MILLISECONDS.sleep(300);
                end(process);
              } catch (IOException | InterruptedException failed) {
                throw new IllegalStateException(failed);
              }
            });
    ender.start();

    foreign.awaitEnd(Duration.ofHours(1));

    assertThat(process.isAlive()).isFalse();
    ender.join();
  }

  @Test
  void one_that_hangs_is_waited_for_only_so_long() throws Exception {
    Process process = dkms("build");
    awaitWork();

    foreign.awaitEnd(Duration.ofMillis(100));

    assertThat(process.isAlive()).isTrue();
    end(process);
  }

  @Test
  void one_that_only_tells_its_status_is_not_at_work() throws Exception {
    Process process = dkms("status");
    TimeUnit.MILLISECONDS.sleep(200);

    assertThat(foreign.isAtWork()).isFalse();
    end(process);
  }

  @Test
  void without_any_process_none_is_at_work() throws Exception {
    assertThat(foreign.isAtWork()).isFalse();
  }
}
