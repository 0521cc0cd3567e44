package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.HostFixture;

/** The script that runs at boot compares, with the host's directories below a temporary one. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class BootStampsTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");
  private static final Path SCRIPT = Path.of("daemon/dist/libexec/kmodkeeper-boot");

  private final HostPaths paths;
  private final BootStamps stamps;
  private final Path stamp;
  private final Path module;

  BootStampsTest(@TempDir Path root) throws IOException {
    paths = new HostPaths(root);
    stamps = new BootStamps(paths);
    stamp = paths.state().resolve("bootable").resolve(KERNEL.release());
    module = HostFixture.write(paths.extra(KERNEL).resolve("nic.ko"), "module");
    HostFixture.write(paths.tree(KERNEL).resolve("modules.dep.bin"), "dependencies");
  }

  /** Whether the daemon's program for the boot is not even started. */
  private boolean nothingHasChanged() throws IOException, InterruptedException {
    Path running = HostFixture.write(paths.root().resolve("osrelease"), KERNEL.release() + "\n");
    String script = Files.readString(SCRIPT);
    script = relocated(script, "/proc/sys/kernel/osrelease", running.toString());
    script = relocated(script, "/var/lib/kmodkeeper", paths.state().toString());
    script = relocated(script, "/usr/libexec/kmodkeeper/java-run", "echo");

    Completed ran = new CommandRunner(SearchPath.SYSTEM).run(Command.of("sh", "-c", script));

    assertThat(ran.succeeded()).as(ran.stderr()).isTrue();
    assertThat(ran.stdout()).isIn("", "kmodkeeper-boot org.kmodkeeper.daemon.BootMain\n");
    return ran.stdout().isEmpty();
  }

  private static String relocated(String script, String path, String to) {
    assertThat(script).containsOnlyOnce(path);
    return script.replace(path, to);
  }

  private List<String> stamped() throws IOException {
    return Files.readAllLines(stamp).stream()
        .map(line -> line.split(" ", 4)[3])
        .map(path -> paths.root().relativize(Path.of(path)).toString())
        .toList();
  }

  @Test
  void stamps_everything_that_decides() throws Exception {
    Files.createDirectories(paths.sources());
    HostFixture.write(paths.configuration().resolve("drivers.d/nic.conf"), "");
    HostFixture.write(paths.root().resolve("etc/modprobe.d/lab.conf"), "");
    HostFixture.write(paths.root().resolve("lib/modprobe.d/dist.conf"), "");
    Path other = HostFixture.write(paths.extra(KERNEL).resolve("a b.ko"), "other");

    stamps.set(KERNEL, List.of(module, other));

    assertThat(stamped())
        .containsExactly(
            "lib/modules/6.1.0-1.el9.x86_64/extra/a b.ko",
            "lib/modules/6.1.0-1.el9.x86_64/extra/nic.ko",
            "lib/modules/6.1.0-1.el9.x86_64/modules.dep.bin",
            "usr/src",
            "etc/kmodkeeper",
            "etc/kmodkeeper/drivers.d",
            "etc/kmodkeeper/drivers.d/nic.conf",
            "etc/modprobe.d",
            "etc/modprobe.d/lab.conf",
            "lib/modprobe.d",
            "lib/modprobe.d/dist.conf");
    assertThat(nothingHasChanged()).isTrue();
  }

  @Test
  void rejects_a_stamp_after_a_file_changes() throws Exception {
    stamps.set(KERNEL, List.of(module));

    Files.writeString(module, "another module");

    assertThat(nothingHasChanged()).isFalse();
  }

  @Test
  void rejects_a_stamp_after_a_file_is_removed() throws Exception {
    stamps.set(KERNEL, List.of(module));

    Files.delete(module);

    assertThat(nothingHasChanged()).isFalse();
  }

  @Test
  void rejects_a_stamp_after_a_link_leads_elsewhere() throws Exception {
    Path link = paths.tree(KERNEL).resolve("weak-updates/nic.ko");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, module);
    stamps.set(KERNEL, List.of(link));
    assertThat(nothingHasChanged()).isTrue();

    Files.delete(link);
    Files.createSymbolicLink(link, paths.root().resolve("elsewhere"));

    assertThat(nothingHasChanged()).isFalse();
  }

  @Test
  void does_not_rewrite_a_stamp_that_says_the_same() throws Exception {
    stamps.set(KERNEL, List.of(module));
    Object before = Files.getAttribute(stamp, "unix:ino");

    stamps.set(KERNEL, List.of(module));
    assertThat(Files.getAttribute(stamp, "unix:ino")).isEqualTo(before);

    Files.writeString(module, "another module");
    stamps.set(KERNEL, List.of(module));
    assertThat(nothingHasChanged()).isTrue();
  }

  @Test
  void removes_the_stamp_of_a_kernel_that_is_no_longer_bootable() throws Exception {
    stamps.set(KERNEL, List.of(module));

    stamps.clear(KERNEL);
    stamps.clear(KERNEL);

    assertThat(stamp).doesNotExist();
    assertThat(nothingHasChanged()).isFalse();
  }

  @Test
  void removes_the_stamps_of_removed_kernels() throws Exception {
    stamps.retain(List.of());
    Kernel gone = new Kernel("6.1.0-0.el9.x86_64");
    stamps.set(KERNEL, List.of(module));
    Files.createDirectories(paths.tree(gone));
    stamps.set(gone, List.of(module));

    stamps.retain(List.of(KERNEL));

    assertThat(stamp.getParent()).isDirectoryContaining(stamp::equals);
    assertThat(stamp.resolveSibling(gone.release())).doesNotExist();
  }
}
