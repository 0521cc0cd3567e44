package org.kmodkeeper.remedy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.PackagedFiles;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.testing.Facts;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** A kernel's own module is never lost, whatever dkms does with it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OwnModulesTest {
  private static final Set<String> MODULES = Set.of("ixgbevf");
  private static final Driver DRIVER =
      new Driver("ixgbevf", "1.0", Path.of("/usr/src/ixgbevf-1.0"), List.of("ixgbevf"));

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final OriginalModules originals;
  private final DkmsRemedy remedy;
  private final Path home;
  private final Path archive;
  private final Path copy;
  private final byte[] content;

  OwnModulesTest(@TempDir Path root) throws Exception {
    host = new HostFixture(root);
    kernel = host.kernel(Facts.KERNEL.release());
    var dkms = new Dkms(host.paths(), host.runner());
    originals =
        new OriginalModules(
            host.paths(),
            new ModuleReader(),
            dkms,
            new Kmod(host.paths(), host.runner()),
            new PackagedFiles(host.runner()));
    remedy =
        new DkmsRemedy(
            dkms,
            originals,
            new Installer(
                host.paths(),
                new Kmod(host.paths(), host.runner()),
                new InstallReceipts(host.paths())),
            new ModuleSigner(host.paths(), host.runner(), dkms));
    Files.writeString(kernel.file("modules.order"), "kernel/drivers/net/ixgbevf.ko\n");
    home = own(kernel.file("kernel/drivers/net/ixgbevf.ko"));
    archive = host.paths().dkmsTree().resolve("ixgbevf/original_module").resolve(kernel.release());
    copy =
        host.paths().state().resolve("own-modules").resolve(kernel.release()).resolve("ixgbevf.ko");
    content = Files.readAllBytes(home);
  }

  @BeforeEach
  void dkms_loses_it() throws IOException {
    host.standIn(
        "dkms", "rm -rf " + home + " " + archive + "; touch " + host.root() + "/ran; exit 6");
  }

  private static Path own(Path file) throws IOException, InterruptedException {
    return TestModule.named("ixgbevf").inTree().builtFor(Facts.KERNEL.release()).at(file);
  }

  private RemedyAction.Result tryDkms() throws Exception {
    return remedy.apply(
        new RemedyAction.Job(
            Facts.missing().of(DRIVER).observation(),
            Rebuild.IF_NEEDED,
            Duration.ofSeconds(30),
            BuildLog.begin(host.root().resolve("dkms.log"))));
  }

  @Test
  void restores_what_dkms_loses() throws Exception {
    FileTime made = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(home, made);

    tryDkms();
    assertThat(home).doesNotExist();

    assertThat(originals.restore(Facts.KERNEL, MODULES)).containsExactly(home);
    assertThat(home).hasBinaryContent(content);
    assertThat(Files.getLastModifiedTime(home)).isEqualTo(made);
    assertThat(copy).doesNotExist();
  }

  @Test
  void restores_what_dkms_has_moved_before_and_loses_now() throws Exception {
    Files.createDirectories(archive.resolve("x86_64"));
    Files.move(home, archive.resolve("x86_64/ixgbevf.ko"));

    tryDkms();
    assertThat(archive).doesNotExist();

    assertThat(originals.restore(Facts.KERNEL, MODULES)).containsExactly(home);
    assertThat(home).hasBinaryContent(content);
  }

  @Test
  void keeps_the_copy_while_dkms_has_the_driver_installed() throws Exception {
    originals.save(Facts.KERNEL, MODULES);
    Files.createDirectories(archive.resolve("x86_64"));
    Files.move(home, archive.resolve("x86_64/ixgbevf.ko"));
    Files.createSymbolicLink(
        host.paths().dkmsTree().resolve("ixgbevf/kernel-" + Facts.KERNEL + "-x86_64"),
        Path.of("1.0", Facts.KERNEL.release(), "x86_64"));

    assertThat(originals.restore(Facts.KERNEL, MODULES)).isEmpty();

    assertThat(home).doesNotExist();
    assertThat(copy).hasBinaryContent(content);
  }

  @Test
  void replaces_what_dkms_has_archived_in_its_place() throws Exception {
    originals.save(Facts.KERNEL, MODULES);
    Files.delete(home);
    Path partial = HostFixture.write(archive.resolve("x86_64/ixgbevf.ko"), "");
    Files.createSymbolicLink(
        host.paths().dkmsTree().resolve("ixgbevf/kernel-" + Facts.KERNEL + "-x86_64"),
        Path.of("1.0", Facts.KERNEL.release(), "x86_64"));

    assertThat(originals.restore(Facts.KERNEL, MODULES)).isEmpty();

    assertThat(partial).hasBinaryContent(content);
    assertThat(copy).hasBinaryContent(content);
  }

  @Test
  void removes_the_copy_once_the_module_is_in_its_place() throws Exception {
    originals.save(Facts.KERNEL, MODULES);
    assertThat(copy).hasBinaryContent(content);

    assertThat(originals.restore(Facts.KERNEL, MODULES)).isEmpty();

    assertThat(copy).doesNotExist();
    assertThat(home).hasBinaryContent(content);
  }

  @Test
  void removes_a_stray_file_from_among_the_copies() throws Exception {
    Path stray = HostFixture.write(host.paths().state().resolve("own-modules/stray"), "");

    originals.restore(List.of(), MODULES);

    assertThat(stray).doesNotExist();
  }

  @Test
  void removes_the_copies_with_their_kernel() throws Exception {
    originals.save(Facts.KERNEL, MODULES);

    originals.restore(List.of(), MODULES);

    assertThat(copy.getParent()).doesNotExist();
  }

  @Test
  void keeps_dkms_from_running_where_no_copy_can_be_kept() throws Exception {
    HostFixture.write(host.paths().state().resolve("own-modules"), "no directory");

    RemedyAction.Result result = tryDkms();

    assertThat(result.outcome()).isEqualTo(Outcome.BUILD_FAILED);
    assertThat(result.detail()).startsWith("not run: cannot copy the kernel's own module: ");
    assertThat(host.root().resolve("ran")).doesNotExist();
    assertThat(home).hasBinaryContent(content);
  }
}
