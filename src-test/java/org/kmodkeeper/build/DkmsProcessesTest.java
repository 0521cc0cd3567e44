package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.kmodkeeper.testing.HostFixture;

/** Seen among real processes: a script named dkms, as dkms is one. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class DkmsProcessesTest {
  private final Path root;
  private final Path dkms;
  private final DkmsProcesses foreign;

  DkmsProcessesTest(@TempDir Path root) throws IOException {
    this.root = root;
    var host = new HostFixture(root);
    host.standIn("dkms", "read line");
    this.dkms = host.runner().searchPath().find("dkms").orElseThrow();
    this.foreign = new DkmsProcesses(host.paths(), host.runner());
    // Only one process: others on this machine may run a dkms of their own.
    Files.createDirectories(root.resolve("proc"));
    // Another user can run what is below here.
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Process run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).start();
    Files.createSymbolicLink(
        root.resolve("proc/" + process.pid()), Path.of("/proc/" + process.pid()));
    return process;
  }

  private Process dkms(String command) throws IOException {
    return run(dkms.toString(), command);
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
  void waits_for_one_that_builds() throws Exception {
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
  void stops_waiting_for_one_that_hangs() throws Exception {
    Process process = dkms("build");
    awaitWork();

    foreign.awaitEnd(Duration.ofMillis(100));

    assertThat(process.isAlive()).isTrue();
    end(process);
  }

  /** Waits until the script runs: before that, a process is whatever starts it. */
  private static void awaitScript(Process process) throws IOException, InterruptedException {
    Path line = Path.of("/proc/" + process.pid() + "/cmdline");
    while (!Files.readString(line).contains("dkms\0build")
        || Files.readString(line).startsWith("setpriv")) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Test
  void ignores_a_script_of_that_name_elsewhere() throws Exception {
    Path copy = Files.copy(dkms, Files.createDirectory(root.resolve("tmp")).resolve("dkms"));
    Process process = run("bash", copy.toString(), "build");
    awaitScript(process);

    assertThat(foreign.isAtWork()).isFalse();
    end(process);
  }

  @Test
  void lets_no_one_but_root_delay_others() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
    Process process =
        run("setpriv", "--reuid=65534", "--clear-groups", "bash", dkms.toString(), "build");
    awaitScript(process);

    assertThat(foreign.isAtWork()).isFalse();
    end(process);
  }

  @Test
  void ignores_a_program_that_only_names_dkms() throws Exception {
    Process process = run("tail", "-f", dkms.toString(), "build");

    assertThat(foreign.isAtWork()).isFalse();
    process.destroy();
  }

  @Test
  void sees_a_shell_with_options_and_a_relative_path() throws Exception {
    Process process =
        run("bash", "-c", "cd " + dkms.getParent() + " && exec bash -e ./dkms autoinstall");
    awaitWork();

    end(process);
  }

  @Test
  void ignores_one_that_only_prints_its_status() throws Exception {
    Process process = dkms("status");
    TimeUnit.MILLISECONDS.sleep(200);

    assertThat(foreign.isAtWork()).isFalse();
    end(process);
  }

  @Test
  void sees_none_at_work_without_any_process() throws Exception {
    assertThat(foreign.isAtWork()).isFalse();
  }
}
