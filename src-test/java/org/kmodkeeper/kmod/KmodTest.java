package org.kmodkeeper.kmod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Observation.Resolution;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** With the real modprobe and depmod on real module files. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KmodTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";
  private static final TestModule MODULE =
      TestModule.named("ixgbevf").version("1.2").builtFor(RELEASE);

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final Kmod kmod;

  KmodTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE);
    kmod = new Kmod(host.paths(), host.runner());
  }

  private void assumeKmodReads(String ending) throws IOException, InterruptedException {
    // Debian's kmod 30 is built without zlib; RHEL's has it.
    String features = host.runner().run(Command.of("modprobe", "--version")).stdout();
    assumeTrue(!ending.equals(".ko.gz") || features.contains("+ZLIB"), "kmod reads " + ending);
  }

  @ParameterizedTest
  @ValueSource(strings = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"})
  void resolves_a_module_whatever_its_compression(String ending) throws Exception {
    assumeKmodReads(ending);
    Path file = MODULE.at(kernel.file("extra/ixgbevf" + ending));

    assertThat(kmod.depmod(kernel.kernel()).succeeded()).isTrue();

    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf"))
        .isEqualTo(new Kmod.Resolved(Resolution.FILE, List.of(file), null));
  }

  @Test
  void recognizes_a_loaded_module_by_the_checksum_of_its_source() throws Exception {
    var module = TestModule.named("net_card").builtFor(RELEASE);
    Path ours = module.sourceVersion("AB12").at(kernel.file("extra/net-card.ko"));
    Path older = module.sourceVersion("CD34").at(kernel.file("kernel/net-card.ko"));
    Path without = module.at(kernel.file("updates/net-card.ko"));
    HostFixture.write(host.root().resolve("sys/module/net_card/srcversion"), "AB12\n");

    assertThat(kmod.isLoaded("net-card", ours)).isTrue();
    assertThat(kmod.isLoaded("net-card", older)).isFalse();
    assertThat(kmod.isLoaded("net-card", without)).isFalse();
  }

  @Test
  void learns_nothing_from_a_modprobe_that_was_killed() throws Exception {
    MODULE.at(kernel.file("extra/ixgbevf.ko"));
    kernel.depmod();
    host.standIn("modprobe", "kill -KILL $$");

    assertThatIOException()
        .isThrownBy(() -> kmod.resolve(kernel.kernel(), List.of("ixgbevf")))
        .withMessageContaining("modprobe was killed");
    host.withoutStandIn("modprobe");
    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf").resolution()).isEqualTo(Resolution.FILE);
  }

  @Test
  void resolves_nothing_by_a_damaged_index() throws Exception {
    MODULE.at(kernel.file("extra/ixgbevf.ko"));
    kernel.depmod();
    Files.writeString(kernel.file("modules.dep.bin"), "damaged");

    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf").resolution()).isEqualTo(Resolution.NOTHING);
  }

  @Test
  void does_not_resolve_a_name_that_modprobe_does_not_know() throws Exception {
    kernel.depmod();

    var resolved = kmod.resolve(kernel.kernel(), "ixgbevf");

    assertThat(resolved.resolution()).isEqualTo(Resolution.NOTHING);
    assertThat(resolved.complaint()).contains("ixgbevf not found in directory");
  }

  @Test
  void resolves_nothing_for_a_kernel_that_is_not_there() throws Exception {
    var resolved = kmod.resolve(new Kernel("9.9.9"), "ixgbevf");

    assertThat(resolved.resolution()).isEqualTo(Resolution.NOTHING);
  }

  @Test
  void reports_a_module_that_the_kernel_has_built_in() throws Exception {
    HostFixture.write(kernel.file("modules.builtin"), "kernel/drivers/net/ixgbevf.ko\n");
    kernel.depmod();

    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf"))
        .isEqualTo(new Kmod.Resolved(Resolution.BUILT_IN, List.of(), null));
  }

  @Test
  void reports_an_install_line_of_modprobe_d_with_its_command() throws Exception {
    MODULE.at(kernel.file("extra/ixgbevf.ko"));
    kernel.depmod();
    Path conf = HostFixture.write(host.root().resolve("x.conf"), "install ixgbevf /bin/true\n");
    host.standIn("modprobe", "exec @real@ --config " + conf + " \"$@\"");

    var resolved = kmod.resolve(kernel.kernel(), "ixgbevf");

    assertThat(resolved.resolution()).isEqualTo(Resolution.INSTALL_COMMAND);
    assertThat(resolved.complaint()).isEqualTo("install /bin/true");
  }

  @Test
  void resolves_nothing_if_modprobe_fails_for_another_reason() throws Exception {
    host.standIn("modprobe", "echo 'modprobe: out of memory' >&2; exit 1");

    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf"))
        .isEqualTo(new Kmod.Resolved(Resolution.UNREADABLE, List.of(), "modprobe: out of memory"));
  }

  @Test
  void resolves_the_module_itself_and_not_its_soft_dependency() throws Exception {
    Path file = MODULE.at(kernel.file("extra/ixgbevf.ko"));
    Path other = TestModule.named("mdio").builtFor(RELEASE).at(kernel.file("kernel/mdio.ko"));
    kernel.depmod();
    Path conf = HostFixture.write(host.root().resolve("x.conf"), "softdep ixgbevf pre: mdio\n");
    host.standIn("modprobe", "@real@ --config " + conf + " \"$@\"");

    Kmod.Resolved resolved = kmod.resolve(kernel.kernel(), "ixgbevf");
    assertThat(resolved.file()).isEqualTo(file);
    assertThat(resolved.chain()).containsExactly(other, file);
  }

  @Test
  void makes_depmod_take_our_copy_by_an_override() throws Exception {
    MODULE.at(kernel.file("updates/ixgbevf.ko"));
    Path ours = MODULE.at(kernel.file("extra/ixgbevf.ko"));
    HostFixture.write(host.paths().depmodOverrides(), "override ixgbevf " + RELEASE + " extra\n");

    kmod.depmod(kernel.kernel());

    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf").file()).isEqualTo(ours);
  }

  @Test
  void names_the_file_that_blacklists_a_module() throws Exception {
    Path file = MODULE.at(kernel.file("extra/ixgbevf.ko"));
    kernel.depmod();
    Path conf = HostFixture.write(host.root().resolve("x.conf"), "blacklist ixgbevf\n");
    host.standIn("modprobe", "exec @real@ --config " + conf + " \"$@\"");

    assertThat(kmod.resolve(kernel.kernel(), "ixgbevf"))
        .isEqualTo(new Kmod.Resolved(Resolution.BLACKLISTED, List.of(file), null));
  }

  @Test
  void resolves_many_modules_at_once_whatever_each_of_them_is() throws Exception {
    Path file = MODULE.at(kernel.file("extra/ixgbevf.ko"));
    Path dashed = TestModule.named("a_b").builtFor(RELEASE).at(kernel.file("extra/a-b.ko"));
    HostFixture.write(kernel.file("modules.builtin"), "kernel/fs/ext4.ko\n");
    kernel.depmod();

    var resolved = kmod.resolve(kernel.kernel(), List.of("ext4", "ixgbevf", "no_such", "a_b"));

    assertThat(resolved)
        .containsEntry("ext4", new Kmod.Resolved(Resolution.BUILT_IN, List.of(), null))
        .containsEntry("ixgbevf", new Kmod.Resolved(Resolution.FILE, List.of(file), null))
        .containsEntry("a_b", new Kmod.Resolved(Resolution.FILE, List.of(dashed), null));
    assertThat(resolved.get("no_such"))
        .extracting(one -> one == null ? null : one.resolution())
        .isEqualTo(Resolution.NOTHING);
  }
}
