package org.kmodkeeper.remedy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** With the real depmod, modprobe and modinfo. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class InstallerTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";
  private static final TestModule NEW =
      TestModule.named("ixgbevf").version("1.2").builtFor(RELEASE);
  private static final TestModule OLD =
      TestModule.named("ixgbevf").version("1.0").builtFor(RELEASE);

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final Driver driver;
  private final Kmod kmod;
  private final InstallReceipts receipts;
  private final Installer installer;
  private final ModuleReader reader = new ModuleReader();

  InstallerTest(@TempDir Path root) throws IOException, InterruptedException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).depmod();
    driver = new Driver("ixgbevf", "1.2", root, List.of("ixgbevf"));
    kmod = new Kmod(host.paths(), host.runner());
    receipts = new InstallReceipts(host.paths());
    installer = new Installer(host.paths(), kmod, receipts);
  }

  private Path stage(String file) {
    return host.root().resolve("stage").resolve(file);
  }

  private void install(Path staged) throws IOException, InterruptedException, RemedyAction.Failed {
    installer.install(
        kernel.kernel(),
        driver,
        List.of(new Installer.Staged("ixgbevf", staged, kernel.kernel())),
        null);
  }

  private void assertNotProven(Path staged, String reason) {
    assertThatExceptionOfType(RemedyAction.Failed.class)
        .isThrownBy(() -> install(staged))
        .withMessageContaining(reason);
  }

  private String[] extra() {
    return kernel.file("extra").toFile().list();
  }

  @Test
  void installs_what_modprobe_resolves_with_a_receipt() throws Exception {
    install(NEW.at(stage("ixgbevf.ko.xz")));

    Path installed = kernel.file("extra/ixgbevf.ko.xz");
    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf").file()).isEqualTo(installed);
    assertThat(receipts.read(kernel.kernel(), "ixgbevf"))
        .contains(
            new InstallReceipts.Receipt(
                "1.2", Map.of("extra/ixgbevf.ko.xz", Sha256.of(installed))));
    assertThat(extra()).containsExactly("ixgbevf.ko.xz");
  }

  @Test
  void replaces_a_module_of_another_compression() throws Exception {
    OLD.at(kernel.file("extra/ixgbevf.ko"));

    install(NEW.at(stage("ixgbevf.ko.xz")));

    assertThat(extra()).containsExactly("ixgbevf.ko.xz");
  }

  @Test
  void replaces_a_module_under_the_same_name() throws Exception {
    OLD.at(kernel.file("extra/ixgbevf.ko"));

    install(NEW.at(stage("ixgbevf.ko")));

    assertThat(reader.read(kernel.file("extra/ixgbevf.ko")).version()).isEqualTo("1.2");
    assertThat(extra()).containsExactly("ixgbevf.ko");
  }

  @Test
  void keeps_other_modules_in_extra() throws Exception {
    Path other =
        TestModule.named("ixgbevf_tools")
            .builtFor(RELEASE)
            .at(kernel.file("extra/ixgbevf_tools.ko"));

    install(NEW.at(stage("ixgbevf.ko")));

    assertThat(other).exists();
  }

  @Test
  void succeeds_though_a_copy_elsewhere_wins() throws Exception {
    OLD.at(kernel.file("updates/ixgbevf.ko"));

    install(NEW.at(stage("ixgbevf.ko")));

    assertThat(kernel.file("extra/ixgbevf.ko")).exists();
    assertThat(kernel.file("updates/ixgbevf.ko")).exists();
  }

  @Test
  void restores_everything_when_depmod_fails() throws Exception {
    Path old = OLD.at(kernel.file("extra/ixgbevf.ko"));
    kernel.depmod();
    byte[] before = Files.readAllBytes(old);
    host.standIn("depmod", "echo 'depmod: no space' >&2; exit 1");

    assertNotProven(NEW.at(stage("ixgbevf.ko.xz")), "depmod: depmod: no space");

    host.withoutStandIn("depmod");
    assertThat(extra()).containsExactly("ixgbevf.ko");
    assertThat(old).hasBinaryContent(before);
    assertThat(receipts.read(kernel.kernel(), "ixgbevf")).isEmpty();
    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf").file()).isEqualTo(old);
  }

  @Test
  void leaves_nothing_when_depmod_takes_no_notice() throws Exception {
    host.standIn("depmod", "exit 0");

    assertNotProven(NEW.at(stage("ixgbevf.ko")), "modprobe does not resolve ixgbevf");

    assertThat(extra()).isEmpty();
  }

  @Test
  void installs_no_module_of_a_driver_when_one_fails() throws Exception {
    var both = new Driver("ixgbevf", "1.2", host.root(), List.of("ixgbevf", "hello"));
    var good = new Installer.Staged("ixgbevf", NEW.at(stage("ixgbevf.ko")), kernel.kernel());
    var bad =
        new Installer.Staged(
            "hello", HostFixture.write(stage("hello.ko"), "no module"), kernel.kernel());

    assertThatExceptionOfType(RemedyAction.Failed.class)
        .isThrownBy(() -> installer.install(kernel.kernel(), both, List.of(good, bad), null))
        .withMessageContaining("the built hello.ko");

    assertThat(kernel.file("extra")).doesNotExist();
  }

  @Test
  void refuses_a_module_for_another_kernel() throws Exception {
    Path foreign = NEW.builtFor("5.14.0").at(stage("ixgbevf.ko"));

    assertNotProven(foreign, "was built for 5.14.0, expected " + RELEASE);

    assertThat(kernel.file("extra")).doesNotExist();
  }

  @Test
  void refuses_a_module_that_calls_itself_otherwise() throws Exception {
    Path other = TestModule.named("hello").builtFor(RELEASE).at(stage("ixgbevf.ko"));

    assertNotProven(other, "the built module is hello, expected ixgbevf");
  }

  @Test
  void restores_after_a_crash_what_was_being_replaced() throws Exception {
    OLD.at(kernel.file("extra/ixgbevf.ko"));
    kernel.depmod();
    Files.move(
        kernel.file("extra/ixgbevf.ko"), kernel.file("extra/ixgbevf.ko" + Installer.REPLACED));
    HostFixture.write(kernel.file("extra/ixgbevf.ko.xz" + AtomicFile.PARTIAL), "half a mod");
    kernel.depmod();

    installer.recover(kernel.kernel());

    assertThat(extra()).containsExactly("ixgbevf.ko");
    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf").file())
        .isEqualTo(kernel.file("extra/ixgbevf.ko"));
  }

  @Test
  void recovers_one_module_after_a_crash_while_replacing() throws Exception {
    Path old = OLD.at(kernel.file("extra/ixgbevf.ko"));
    Files.createLink(kernel.file("extra/ixgbevf.ko" + Installer.REPLACED), old);

    installer.recover(kernel.kernel());

    assertThat(extra()).containsExactly("ixgbevf.ko");
    assertThat(reader.read(old).version()).isEqualTo("1.0");
  }

  @Test
  void leaves_one_of_two_compressions_after_a_crash() throws Exception {
    OLD.at(kernel.file("extra/ixgbevf.ko"));
    Files.move(
        kernel.file("extra/ixgbevf.ko"), kernel.file("extra/ixgbevf.ko" + Installer.REPLACED));
    NEW.at(kernel.file("extra/ixgbevf.ko.xz"));
    kernel.depmod();

    installer.recover(kernel.kernel());
    install(NEW.at(stage("ixgbevf.ko.xz")));

    assertThat(extra()).containsExactly("ixgbevf.ko.xz");
  }

  @Test
  void leaves_a_tree_in_which_nothing_crashed_alone() throws Exception {
    OLD.at(kernel.file("extra/ixgbevf.ko"));
    host.standIn("depmod", "touch " + host.root().resolve("depmod-ran"));

    installer.recover(kernel.kernel());

    assertThat(host.root().resolve("depmod-ran")).doesNotExist();
  }

  @Test
  void brings_all_copies_back_if_another_program_installs_nothing() throws Exception {
    Path plain = NEW.at(kernel.file("extra/ixgbevf.ko"));
    Path packed = NEW.at(stage("ixgbevf.ko.xz"));
    Files.copy(packed, kernel.file("extra/ixgbevf.ko.xz"));
    NEW.at(plain);
    host.standIn("other", "exit 0");

    installer.replace(kernel.kernel(), driver, () -> host.runner().run(Command.of("other")));

    assertThat(plain).exists();
    assertThat(kernel.file("extra")).isDirectoryNotContaining("glob:**" + Installer.REPLACED);
    assertThat(kernel.file("extra/ixgbevf.ko.xz")).exists();
  }
}
