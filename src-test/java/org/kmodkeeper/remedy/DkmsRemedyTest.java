package org.kmodkeeper.remedy;

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
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.PackagedFiles;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Observation;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.testing.Facts;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** What is told of one driver after an autoinstall that was of several; it prints what dkms did. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DkmsRemedyTest {
  private static final Path PRINTED =
      Path.of("src-test/resources/org/kmodkeeper/build/dkms-3.0.10-autoinstall-of-several.log");

  private final HostFixture host;
  private final Dkms dkms;
  private final DkmsRemedy remedy;

  DkmsRemedyTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    dkms = new Dkms(host.paths(), host.runner());
    remedy =
        new DkmsRemedy(
            dkms,
            new OriginalModules(
                host.paths(),
                new ModuleReader(),
                dkms,
                new Kmod(host.paths(), host.runner()),
                new PackagedFiles(host.runner())),
            new Installer(
                host.paths(),
                new Kmod(host.paths(), host.runner()),
                new InstallReceipts(host.paths())),
            new ModuleSigner(host.paths(), host.runner(), dkms));
    dkmsDoes("exit 11");
  }

  private void dkmsDoes(String more) throws IOException {
    host.standIn(
        "dkms",
        "echo \"$@\" >>"
            + host.root().resolve("runs")
            + "\ncat "
            + PRINTED.toAbsolutePath()
            + "\n"
            + more);
  }

  /** dkms prints that for an autoinstall, and does well whatever it is asked for. */
  private void autoinstallPrints(String text) throws IOException {
    host.standIn(
        "dkms",
        "echo \"$@\" >>%s; case $1 in autoinstall) echo '%s';; esac"
            .formatted(host.root().resolve("runs"), text));
  }

  private List<String> runs() throws IOException {
    return Files.readAllLines(host.root().resolve("runs"));
  }

  private static Driver driver(String name, String version) {
    return new Driver(name, version, Path.of("/usr/src/" + name), List.of(name));
  }

  private Path buildLog(Driver driver, String text) throws IOException {
    return HostFixture.write(dkms.buildLog(driver), text);
  }

  private RemedyAction.Result tried(Driver driver) throws Exception {
    return tried(Facts.missing().of(driver));
  }

  private RemedyAction.Result tried(Facts facts) throws Exception {
    return tried(facts, "dkms.log");
  }

  private RemedyAction.Result tried(Driver driver, String log) throws Exception {
    return tried(Facts.missing().of(driver), log);
  }

  private RemedyAction.Result tried(Facts facts, String log) throws Exception {
    return remedy.apply(
        new RemedyAction.Job(
            facts.observation(),
            Rebuild.IF_NEEDED,
            Duration.ofSeconds(30),
            BuildLog.begin(host.root().resolve(log))));
  }

  @Test
  void quotes_the_drivers_own_compiler() throws Exception {
    Driver driver = driver("ipt-netflow", "2.6");
    Path log = dkms.buildLog(driver);
    Files.createDirectories(requireNonNull(log.getParent()));
    dkmsDoes("echo 'a.c:1: error: too old' >" + log + "\nexit 11");

    assertThat(tried(driver))
        .isEqualTo(new RemedyAction.Result(Outcome.BUILD_FAILED, "a.c:1: error: too old"));
    assertThat(host.root().resolve("dkms.log")).content().endsWith("error: too old\n");
  }

  @Test
  void does_not_quote_a_build_log_of_another_time() throws Exception {
    Driver driver = driver("ddcci", "0.4.2");
    buildLog(driver, "a.c:1: error: of another kernel\n");

    assertThat(tried(driver).detail()).startsWith("Error! ").contains("for module ddcci includes");
    assertThat(host.root().resolve("dkms.log")).content().doesNotContain("of another kernel");
  }

  /** Its records say so where the kernel's own module stands, as version 3.0 leaves them. */
  private Facts recordedAsInstalled(Driver driver) throws IOException {
    Path records = Files.createDirectories(host.paths().dkmsTree().resolve(driver.name()));
    Files.createSymbolicLink(
        records.resolve("kernel-" + Facts.KERNEL + "-x86_64"),
        Path.of(driver.version(), Facts.KERNEL.release(), "x86_64"));
    return Facts.missing()
        .of(driver)
        .module(
            Observation.Resolution.FILE,
            Facts.file("kernel/drivers/ixgbevf.ko", "1.0"),
            null,
            null);
  }

  @Test
  void does_not_count_a_declined_driver_among_failed_ones() throws Exception {
    Facts declined = recordedAsInstalled(driver("ixgbevf", "1.0"));

    assertThat(tried(declined))
        .isEqualTo(
            new RemedyAction.Result(
                Outcome.NOTHING_LANDED,
                "installed nothing: its version check considers the kernel's own module the same"));

    // It is asked again without its record: it may have had no room to install it.
    dkmsDoes("exit 0");
    assertThat(tried(declined).detail())
        .isEqualTo(
            "exited 0 and installed nothing: its version check considers the kernel's own module"
                + " the same");
    assertThat(runs())
        .containsExactly(
            "autoinstall -k " + Facts.KERNEL,
            "uninstall ixgbevf/1.0 -k " + Facts.KERNEL,
            "install ixgbevf/1.0 -k " + Facts.KERNEL);
  }

  @Test
  void renews_a_list_of_modules_that_a_full_disk_has_emptied() throws Exception {
    InstalledKernel kernel = host.kernel(Facts.KERNEL.release());
    TestModule.named("other").builtFor(Facts.KERNEL.release()).at(kernel.file("kernel/other.ko"));
    Path list = HostFixture.write(kernel.file("modules.dep"), "");

    tried(driver("hello", "1.0"));

    assertThat(list).content().startsWith("kernel/other.ko:");
  }

  @Test
  void runs_autoinstall_once_and_then_asks_for_one_driver() throws Exception {
    tried(driver("ipt-netflow", "2.6"));
    tried(driver("ipt-netflow", "2.6"));
    tried(driver("hello", "1.0"));

    assertThat(runs())
        .containsExactly(
            "autoinstall -k " + Facts.KERNEL,
            "install ipt-netflow/2.6 -k " + Facts.KERNEL,
            "install hello/1.0 -k " + Facts.KERNEL);
  }

  @Test
  void does_not_repeat_at_once_what_autoinstall_tried() throws Exception {
    Driver driver = driver("ipt-netflow", "2.6");
    Path log = dkms.buildLog(driver);
    Files.createDirectories(requireNonNull(log.getParent()));
    dkmsDoes("echo 'a.c:1: error: too old' >" + log + "\nexit 11");
    tried(driver("ddcci", "0.4.2"));

    assertThat(tried(driver, "of-ipt.log").detail()).isEqualTo("a.c:1: error: too old");
    assertThat(host.root().resolve("of-ipt.log"))
        .content()
        .contains("for module ddcci includes", "ipt-netflow/2.6")
        .endsWith("error: too old\n");
    assertThat(runs()).hasSize(1);

    tried(driver);
    assertThat(runs()).last().isEqualTo("install ipt-netflow/2.6 -k " + Facts.KERNEL);
  }

  @Test
  void does_not_blame_a_driver_for_anothers_failed_autoinstall() throws Exception {
    host.standIn("dkms", "[ $1 = install ] || { echo 'Error! Out of luck.'; exit 1; }");

    assertThat(tried(driver("hello", "1.0")).detail()).isEqualTo("Error! Out of luck.");
    assertThat(tried(driver("ddcci", "0.4.2"), "of-ddcci.log").outcome())
        .isEqualTo(Outcome.NOTHING_LANDED);
  }

  @Test
  void runs_autoinstall_for_headers_that_were_installed_again() throws Exception {
    Path headers = HostFixture.write(host.root().resolve("headers/Module.symvers"), "old");
    Driver driver = driver("ipt-netflow", "2.6");
    Facts facts = Facts.missing().of(driver).headers(host.root().resolve("headers"));
    tried(facts);
    Files.delete(headers);
    HostFixture.write(headers, "new ones");

    tried(facts);

    assertThat(runs()).allMatch(run -> run.startsWith("autoinstall")).hasSize(2);
  }

  @Test
  void installs_by_name_a_driver_that_autoinstall_leaves_alone() throws Exception {
    autoinstallPrints("");

    tried(driver("hello", "1.0"));

    assertThat(runs()).last().isEqualTo("install hello/1.0 -k " + Facts.KERNEL);
  }

  @Test
  void reports_a_driver_that_dkms_defers() throws Exception {
    autoinstallPrints(
        "asks/1.0 autoinstall deferred: BUILD_DEPENDS not registered with DKMS: hello.");

    assertThat(tried(driver("asks", "1.0")))
        .isEqualTo(
            new RemedyAction.Result(
                Outcome.NOTHING_LANDED,
                "exited 0 and installed nothing: asks/1.0 autoinstall deferred: BUILD_DEPENDS not"
                    + " registered with DKMS: hello."));
    assertThat(runs()).hasSize(1);
  }

  @Test
  void reports_what_ends_dkms_altogether_for_every_driver() throws Exception {
    host.standIn("dkms", "echo 'Error! Your disk is full.'; exit 1");

    assertThat(tried(driver("hello", "1.0")))
        .isEqualTo(new RemedyAction.Result(Outcome.BUILD_FAILED, "Error! Your disk is full."));
  }
}
