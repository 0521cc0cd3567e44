package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.DepmodOverrides;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestModule;

/** End to end below a temporary root: real builds, depmod and modprobe; no dkms. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(60)
class DropTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final Path ours;
  private final Path own;
  private final List<String> told = new ArrayList<>();

  DropTest(@TempDir Path root) throws Exception {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).withHeaders();
    own = TestModule.named("nic").inTree().builtFor(RELEASE).at(kernel.file("kernel/net/nic.ko"));
    ours = kernel.file("extra/nic.ko");
    host.source("nic", "1.2");
    HostFixture.write(host.paths().driverConfiguration("nic"), "[driver]\nversion = 1.2\n");
    var reconciler = Reconciler.open(host.paths(), host.runner(), settings(), new TestClock());
    reconciler.pass(() -> false);
    assertThat(reconciler.reader().look().kernels().get(0).drivers().get(0).finding().verdict())
        .isEqualTo(Verdict.READY);
  }

  private Settings settings() throws ConfigurationException {
    return new Configuration(host.paths().configuration()).read();
  }

  private void drop() throws Exception {
    drop("nic", Drop.Sources.STAY, StepRunner.Mode.DO);
  }

  private void drop(String name, Drop.Sources sources, StepRunner.Mode mode) throws Exception {
    new Drop(host.paths(), host.runner(), settings(), new StepRunner(mode, told::add))
        .drop(name, sources, this::configurationIsReadAgain);
  }

  /** What the daemon would see when it is told. */
  private void configurationIsReadAgain() throws IOException, ConfigurationException {
    assertThat(settings().policies()).isEmpty();
    assertThat(ours).exists();
  }

  @Test
  void removes_a_part_of_a_module_that_would_hide_the_kernels_own() throws Exception {
    Path part = kernel.file("updates/nic.ko");
    HostFixture.write(part, "\177ELF");

    drop();

    assertThat(part).doesNotExist();
    assertThat(resolved()).contains(own);
  }

  @Test
  void leaves_a_driver_that_comes_in_packages_to_them() throws Exception {
    HostFixture.write(host.paths().packagedDriver("nic"), "{}");

    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(this::drop)
        .withMessage("nic comes in packages; remove them first: dnf remove nic-kmod-common");
    assertThat(ours).exists();
  }

  private Optional<Path> resolved() throws Exception {
    return Optional.ofNullable(
        new Kmod(host.paths(), host.runner()).resolve(kernel.kernel(), "nic").file());
  }

  @Test
  void removes_the_modules_so_that_the_kernels_own_loads() throws Exception {
    assertThat(resolved()).contains(ours);

    drop();

    assertThat(ours).doesNotExist();
    assertThat(resolved()).contains(own);
    assertThat(told).anyMatch(line -> line.contains(own + ", the kernel's own, is restored"));
    assertThat(host.paths().driverConfiguration("nic")).hasContent("[driver]\nkeep = no\n");
    assertThat(host.paths().state().resolve("receipts").resolve(RELEASE)).doesNotExist();
    assertThat(host.paths().dropping()).isEmptyDirectory();
  }

  @Test
  void removes_links_in_other_trees_along_with_their_module() throws Exception {
    InstalledKernel borrower = host.kernel("6.1.0-2.el9.x86_64");
    TestModule.named("nic").inTree().at(borrower.file("kernel/net/nic.ko"));
    Path link = borrower.file("weak-updates/nic.ko");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, ours);
    borrower.depmod();

    drop("nic", Drop.Sources.STAY, StepRunner.Mode.DRY_RUN);
    assertThat(link).exists();
    assertThat(told)
        .anyMatch(line -> line.contains(link + ", a link to another kernel's, is removed"));

    drop();

    assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(borrower.file("modules.dep")).content().doesNotContain("weak-updates");
  }

  @Test
  void keeps_the_source_unless_it_is_purged() throws Exception {
    Path source = host.paths().sources().resolve("nic-1.2");
    Path linked = Files.createDirectory(host.root().resolve("work"));
    Files.createSymbolicLink(host.paths().sources().resolve("nic-2"), linked);
    drop();
    assertThat(source).isDirectory();
    assertThat(told).anyMatch(line -> line.contains("nic-1.2 stays; --purge removes it"));
    HostFixture.write(host.paths().driverConfiguration("nic"), "[driver]\n");

    new Drop(host.paths(), host.runner(), settings(), new StepRunner(StepRunner.Mode.DO, told::add))
        .drop("nic", Drop.Sources.GO, () -> {});

    assertThat(source).doesNotExist();
    assertThat(host.paths().sources().resolve("nic-2")).doesNotExist();
    assertThat(linked).isDirectory();
    assertThat(host.paths().sources().resolve("kernels")).isDirectory();
  }

  @Test
  void removes_a_configuration_that_an_adoption_wrote() throws Exception {
    String ours = DriverFile.keeping("", new Identity("nic", "1.2"));
    HostFixture.write(host.paths().driverConfiguration("nic"), ours);

    drop();

    assertThat(host.paths().driverConfiguration("nic")).doesNotExist();
  }

  @Test
  void refuses_what_is_dropped_already() throws Exception {
    drop();

    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(this::drop)
        .withMessageContaining("no driver \"nic\" is managed");
  }

  @Test
  void names_each_file_in_a_dry_run_and_removes_none() throws Exception {
    drop("nic", Drop.Sources.GO, StepRunner.Mode.DRY_RUN);

    assertThat(told).anyMatch(line -> line.contains(ours + " is removed"));
    assertThat(told).anyMatch(line -> line.contains("nic-1.2 is removed"));
    assertThat(ours).exists();
    assertThat(host.paths().sources().resolve("nic-1.2")).exists();
    assertThat(host.paths().driverConfiguration("nic")).exists();
    assertThat(host.paths().dropping()).doesNotExist();
  }

  @Test
  void names_in_a_dry_run_the_steps_of_a_real_run() throws Exception {
    drop("nic", Drop.Sources.GO, StepRunner.Mode.DRY_RUN);
    List<String> dry = List.copyOf(told);
    told.clear();

    drop("nic", Drop.Sources.GO, StepRunner.Mode.DO);

    assertThat(dry).hasSizeGreaterThan(2);
    assertThat(told).containsSubsequence(dry);
  }

  @Test
  void keeps_a_copy_that_nothing_proves_to_be_the_drivers() throws Exception {
    Path foreign =
        TestModule.named("nic").version("9").builtFor(RELEASE).at(kernel.file("updates/nic.ko"));

    drop();

    assertThat(foreign).exists();
    assertThat(ours).doesNotExist();
  }

  @Test
  void removes_a_copy_of_ours_wherever_it_was_put() throws Exception {
    Path moved = kernel.file("updates/dkms/nic.ko");
    Files.createDirectories(moved.getParent());
    Files.copy(ours, moved);

    drop();

    assertThat(moved).doesNotExist();
    assertThat(resolved()).contains(own);
  }

  @Test
  void removes_depmod_overrides_of_its_modules_but_no_others() throws Exception {
    var overrides = new DepmodOverrides(host.paths());
    overrides.add(new Kernel(RELEASE), "nic", "extra");
    overrides.add(new Kernel(RELEASE), "disk", "extra");

    drop();

    assertThat(host.paths().depmodOverrides())
        .content()
        .contains("override disk ")
        .doesNotContain("override nic ");
  }

  @Test
  void reports_a_kernel_without_a_module_of_its_own() throws Exception {
    Files.delete(own);

    drop();

    assertThat(resolved()).isEmpty();
    assertThat(told)
        .anyMatch(line -> line.contains(RELEASE + " has no nic now and will not load one"));
  }

  @Test
  void completes_a_drop_that_was_killed() throws Exception {
    // As it is after the modules and the configuration have gone.
    HostFixture.write(host.paths().dropping().resolve("nic"), "nic\n");
    Files.delete(host.paths().driverConfiguration("nic"));
    Files.delete(ours);
    Files.createFile(ours.resolveSibling("other.ko"));

    new Drop(host.paths(), host.runner(), settings(), new StepRunner(StepRunner.Mode.DO, told::add))
        .drop("nic", Drop.Sources.STAY, () -> {});

    assertThat(resolved()).contains(own);
    assertThat(host.paths().dropping()).isEmptyDirectory();
    assertThat(host.paths().state().resolve("receipts").resolve(RELEASE)).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "../nic", "", "nic/1.2"})
  void refuses_a_driver_that_is_not_managed(String name) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> drop(name, Drop.Sources.STAY, StepRunner.Mode.DO))
        .matches(refused -> refused.reason() == RefusedException.Reason.UNKNOWN)
        .withMessageContaining("no driver \"" + name + '"');
  }
}
