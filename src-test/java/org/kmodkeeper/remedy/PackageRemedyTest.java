package org.kmodkeeper.remedy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.PackageManager;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.observe.Observer;
import org.kmodkeeper.reconcile.StatusReader;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.OfferedModules;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestModule;

/** With the real depmod, modprobe and modinfo, and a dnf that only says what it would do. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PackageRemedyTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-2.el9.x86_64");
  private static final Kernel OTHER = new Kernel("6.1.0-1.el9.x86_64");
  private static final String PACKAGE = "kmod-ixgbevf-" + KERNEL + "-1.2-1.x86_64";

  private final HostFixture host;
  private final OfferedModules offered;
  private final Installer installer;

  PackageRemedyTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    offered = OfferedModules.on(host, KERNEL);
    installer =
        new Installer(
            host.paths(), new Kmod(host.paths(), host.runner()), new InstallReceipts(host.paths()));
  }

  @BeforeEach
  void install_a_kernel() throws Exception {
    host.kernel(KERNEL.release()).withModversions("0x00000001 netif_rx vmlinux").depmod();
  }

  private static TestModule module(Kernel builtFor) {
    return TestModule.named("ixgbevf").version("1.2").builtFor(builtFor + " modversions");
  }

  private RemedyAction.Result apply(Reuse reuse) throws Exception {
    var clock = new TestClock();
    var policy =
        new Policy(
            "ixgbevf",
            Policy.Origin.PACKAGE,
            null,
            List.of(),
            Policy.Need.REQUIRED,
            List.of(Remedy.PACKAGE),
            null,
            reuse);
    var seen =
        StatusReader.open(host.paths(), host.runner(), HostFixture.settings(policy), clock)
            .look()
            .cells()
            .findFirst()
            .orElseThrow()
            .observation();
    return new PackageRemedy(
            host.paths(),
            host.runner(),
            new PackageManager(host.paths(), host.runner()),
            new Observer(host.paths(), host.runner(), clock).fits(),
            installer)
        .apply(
            new RemedyAction.Job(
                seen,
                Rebuild.IF_NEEDED,
                Duration.ofMinutes(1),
                BuildLog.begin(host.root().resolve("log"))));
  }

  private void assertRefused(Reuse reuse, String why) throws Exception {
    RemedyAction.Result result = apply(reuse);

    assertThat(result.detail()).isEqualTo(PACKAGE + " by modules: " + why);
    assertThat(result.outcome()).isEqualTo(Outcome.NOT_PROVEN);
    assertThat(Files.readString(offered.calls())).doesNotContain("install ");
  }

  @Test
  void installs_what_was_built_for_another_kernel_and_fits() throws Exception {
    offered.offer("ixgbevf", OTHER, module(OTHER).calling("netif_rx", 1), "");

    assertThat(apply(Reuse.UNTIL_BUILT).detail()).startsWith(PACKAGE + " is installed");

    assertThat(Files.readString(offered.calls())).contains("--assumeyes install ");
  }

  @Test
  void refuses_what_was_built_for_another_kernel_and_does_not_fit() throws Exception {
    offered.offer("ixgbevf", OTHER, module(OTHER).calling("netif_rx", 2), "");

    RemedyAction.Result result = apply(Reuse.UNTIL_BUILT);

    assertThat(result.detail())
        .contains("symbol-mismatch: ", "netif_rx has CRC 0x00000002, expected 0x00000001");
    assertThat(Files.readString(offered.calls())).doesNotContain("install ");
  }

  @Test
  void refuses_other_flags_in_the_vermagic() throws Exception {
    offered.offer("ixgbevf", OTHER, module(OTHER).builtFor(OTHER + " preempt_rt modversions"), "");

    assertThat(apply(Reuse.YES).detail()).contains("vermagic-mismatch: ");
  }

  @Test
  void refuses_a_manifest_that_names_another_kernel_than_the_module() throws Exception {
    offered.offer("ixgbevf", KERNEL, module(OTHER).calling("netif_rx", 1), "");

    assertRefused(Reuse.YES, "the module was built for " + OTHER + ", expected " + KERNEL);
  }

  @Test
  void refuses_a_build_for_another_kernel_where_reuse_is_no() throws Exception {
    offered.offer("ixgbevf", OTHER, module(OTHER).calling("netif_rx", 1), "");

    assertRefused(
        Reuse.NO, "its modules were built for " + OTHER + ", and the setting reuse is no");
  }

  @Test
  void refuses_a_build_for_another_variant() throws Exception {
    var realtime = new Kernel(OTHER + "+rt");
    offered.offer("ixgbevf", realtime, module(realtime).calling("netif_rx", 1), "");

    assertRefused(Reuse.YES, "its modules were built for " + realtime + ", another variant");
  }

  @Test
  void refuses_the_manifest_of_another_driver() throws Exception {
    offered.offer("e1000e", KERNEL, module(KERNEL).calling("netif_rx", 1), "");

    assertRefused(Reuse.YES, "its modules are of e1000e");
  }

  @Test
  void leaves_what_it_has_not_installed_itself() throws Exception {
    Path extra = host.paths().extra(KERNEL);
    Path foreign = module(KERNEL).at(extra.resolve("e1000e.ko"));
    Path packaged = module(KERNEL).at(extra.resolve("ixgbevf/ixgbevf.ko"));
    Path built = module(KERNEL).at(host.root().resolve("built/ixgbevf.ko"));
    installer.install(
        KERNEL, driver(), List.of(new Installer.Staged("ixgbevf", built, KERNEL)), null);
    assertThat(extra.resolve("ixgbevf.ko")).exists();

    installer.removeInstalled(KERNEL, driver());

    assertThat(extra.resolve("ixgbevf.ko")).doesNotExist();
    assertThat(foreign).exists();
    assertThat(packaged).exists();
    Files.writeString(extra.resolve("ixgbevf.ko"), "another's");

    installer.removeInstalled(KERNEL, driver());

    assertThat(extra.resolve("ixgbevf.ko")).exists();
  }

  private Driver driver() {
    return new Driver("ixgbevf", "1.2", host.root(), List.of("ixgbevf"));
  }
}
