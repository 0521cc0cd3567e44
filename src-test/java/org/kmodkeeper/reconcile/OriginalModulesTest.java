package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OriginalModulesTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";
  private static final String HOME = "kernel/drivers/net/ixgbevf.ko";

  private final HostFixture host;
  private final InstalledKernel kernel;

  OriginalModulesTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE);
  }

  @BeforeEach
  void the_kernel_came_with_the_module() throws IOException {
    Files.writeString(kernel.file("modules.order"), HOME + "\n");
  }

  private void pass() throws IOException, InterruptedException {
    pass(HostFixture.driver("ixgbevf"));
  }

  private void pass(Policy... kept) throws IOException, InterruptedException {
    Reconciler.open(host.paths(), host.runner(), HostFixture.settings(kept), Clock.systemUTC())
        .pass(() -> false);
  }

  private Path archive() {
    return host.paths().dkmsTree().resolve("ixgbevf/original_module").resolve(RELEASE);
  }

  private static Path own(Path file) throws IOException, InterruptedException {
    return TestModule.named("ixgbevf").inTree().builtFor(RELEASE).at(file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "updates/ixgbevf.ko",
        "extra/ixgbevf.ko.xz",
        "updates/dkms/ixgbevf.ko",
        "ixgbevf.ko"
      })
  void comes_back_from_where_dkms_has_put_it(String stray) throws Exception {
    Path file = own(kernel.file(stray));
    byte[] content = Files.readAllBytes(file);
    FileTime made = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(file, made);

    pass();

    Path home = kernel.file(HOME).resolveSibling(file.getFileName());
    assertThat(home).hasBinaryContent(content);
    assertThat(Files.getLastModifiedTime(home)).isEqualTo(made);
    assertThat(file).doesNotExist();
    assertThat(kernel.file("modules.dep")).content().contains("kernel/drivers/net/ixgbevf.ko");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x86_64/ixgbevf.ko", "x86_64/collisions/kernel/drivers/net/ixgbevf.ko"})
  void comes_back_from_dkms_records_of_a_removed_driver(String stray) throws Exception {
    Path file = own(archive().resolve(stray));

    pass();

    assertThat(kernel.file(HOME)).exists();
    assertThat(file).doesNotExist();
  }

  @Test
  void stays_with_dkms_while_its_driver_is_installed() throws Exception {
    Path file = own(archive().resolve("x86_64/ixgbevf.ko"));
    Files.createSymbolicLink(
        host.paths().dkmsTree().resolve("ixgbevf/kernel-" + RELEASE + "-x86_64"),
        Path.of("1.0", RELEASE, "x86_64"));

    pass();

    assertThat(file).exists();
    assertThat(kernel.file(HOME)).doesNotExist();
  }

  @Test
  void is_copied_before_dkms_runs_for_another_driver() throws Exception {
    own(kernel.file(HOME));
    kernel.withHeaders();
    Path source = host.source("hello", "1.0");
    Path registered = host.paths().dkmsTree().resolve("hello/1.0");
    Files.createDirectories(registered);
    Files.createSymbolicLink(registered.resolve("source"), source);
    host.standIn("dkms", "exit 6");

    pass(HostFixture.driver("ixgbevf"), HostFixture.driver("hello"));

    assertThat(host.paths().state().resolve("own-modules/" + RELEASE + "/ixgbevf.ko")).exists();
  }

  @Test
  void never_replaces_what_is_there() throws Exception {
    Path other = own(kernel.file("updates/ixgbevf.ko"));
    HostFixture.write(kernel.file(HOME + ".xz"), "another");

    pass();

    assertThat(other).exists();
    assertThat(kernel.file(HOME + ".xz")).hasContent("another");
  }

  @Test
  void stays_where_the_kernels_package_has_put_it() throws Exception {
    Path nested = own(kernel.file("extra/drivers/net/ixgbevf.ko"));

    pass();

    assertThat(nested).exists();
    assertThat(kernel.file(HOME)).doesNotExist();
  }

  @Test
  void stays_if_it_belongs_to_no_managed_driver() throws Exception {
    Path packaged = own(kernel.file("extra/ixgbevf.ko"));

    pass();
    assertThat(packaged).doesNotExist();

    own(packaged);
    Files.delete(kernel.file(HOME));
    pass(HostFixture.driver("other"));
    assertThat(packaged).exists();
    assertThat(kernel.file(HOME)).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo kernel-core-6.1.0-1.el9.x86_64",
        "echo 'error: cannot open Packages database' >&2; exit 1"
      })
  void stays_where_a_package_owns_it_or_rpm_cannot_tell(String rpm) throws Exception {
    host.standIn("rpm", rpm);
    Path packaged = own(kernel.file("extra/ixgbevf.ko"));

    pass();
    assertThat(packaged).exists();

    host.standIn("rpm", "echo \"file $3 is not owned by any package\"; exit 1");
    pass();
    assertThat(packaged).doesNotExist();
  }

  @Test
  void moves_and_cleans_nothing_while_a_transaction_runs() throws Exception {
    Path stray = own(kernel.file("extra/ixgbevf.ko"));
    Path gone = HostFixture.write(host.paths().logs().resolve("6.1.0-9.el9.x86_64/log"), "");
    Path lock = HostFixture.write(host.paths().rpmLocks().get(0), "");
    HostFixture.write(
        host.paths().procLocks(),
        "1: POSIX  ADVISORY  WRITE 1 08:01:" + Files.getAttribute(lock, "unix:ino") + " 0 EOF\n");

    pass();
    assertThat(stray).exists();
    assertThat(gone).exists();

    Files.delete(host.paths().procLocks());
    pass();
    assertThat(stray).doesNotExist();
    assertThat(gone).doesNotExist();
  }

  @Test
  void moves_nothing_if_a_transaction_begins_meanwhile() throws Exception {
    kernel.withHeaders();
    host.source("ixgbevf", "1.0");
    Path stray = own(kernel.file("extra/ixgbevf.ko"));
    Path lock = HostFixture.write(host.paths().rpmLocks().get(0), "");
    Files.createDirectories(host.paths().procLocks().getParent());
    host.standIn(
        "modprobe",
        "echo '1: POSIX  ADVISORY  WRITE 1 08:01:"
            + Files.getAttribute(lock, "unix:ino")
            + " 0 EOF' >"
            + host.paths().procLocks());

    pass(
        new Policy(
            "ixgbevf",
            Policy.Origin.CONFIGURED,
            null,
            List.of("ixgbevf"),
            Policy.Need.REQUIRED,
            List.of(),
            null,
            Policy.Reuse.UNTIL_BUILT));

    assertThat(stray).exists();
    assertThat(kernel.file(HOME)).doesNotExist();
  }

  @Test
  void never_takes_a_driver_built_out_of_tree_for_an_original() throws Exception {
    Path vendor =
        TestModule.named("ixgbevf").builtFor(RELEASE).at(kernel.file("updates/ixgbevf.ko"));

    pass();

    assertThat(vendor).exists();
    assertThat(kernel.file(HOME)).doesNotExist();
  }

  @Test
  void never_takes_another_kernels_module_for_an_original() throws Exception {
    Path foreign =
        TestModule.named("ixgbevf").inTree().builtFor("6.0").at(kernel.file("updates/ixgbevf.ko"));

    pass();

    assertThat(foreign).exists();
    assertThat(kernel.file(HOME)).doesNotExist();
  }
}
