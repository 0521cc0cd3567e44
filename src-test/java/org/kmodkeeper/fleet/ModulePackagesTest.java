package org.kmodkeeper.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.build.SourceIdentity;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.host.PackagedDriver;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestSettings;

/** What the packages of stored builds contain. */
class ModulePackagesTest extends FleetFixture {
  private final Path output;

  ModulePackagesTest(@TempDir Path root) throws IOException {
    super(root);
    output = root.resolve("output");
  }

  private Path module(Path directory) {
    return directory.resolve("kmod-ixgbevf-" + OLD + "-1.2_3-1.20260301120000.x86_64.rpm");
  }

  private Path common(Path directory) {
    return directory.resolve("ixgbevf-kmod-common-1.2_3-1.20260301120000.noarch.rpm");
  }

  @Test
  void makes_one_for_each_kernel_and_one_for_the_driver() throws Exception {
    Publication.Outcome done = pack(output);

    assertThat(done.refusals()).isEmpty();
    assertThat(done.made()).containsExactly(common(output), module(output));
    assertThat(output).isDirectoryNotContaining(file -> !file.toString().endsWith(".rpm"));
  }

  @Test
  void holds_the_modules_and_the_manifest_byte_for_byte() throws Exception {
    pack(output);

    HostPaths unpacked = unpack(module(output));

    assertThat(unpacked.extra(OLD).resolve("ixgbevf/ixgbevf.ko.xz"))
        .hasSameBinaryContentAs(stored(OLD, "ixgbevf.ko.xz"));
    assertThat(unpacked.packagedManifest("ixgbevf", OLD))
        .hasSameBinaryContentAs(stored(OLD, "manifest.json"));
  }

  @Test
  void tells_what_stands_for_the_source() throws Exception {
    pack(output);
    SourceIdentity source = SourceIdentity.of(host.paths(), driver, null);

    assertThat(PackagedDriver.of(unpack(common(output)), "ixgbevf"))
        .contains(
            new PackagedDriver(
                PackagedDriver.FORMAT,
                "ixgbevf",
                "1.2-3",
                source.source(),
                source.recipe(),
                List.of("ixgbevf")));
  }

  @Test
  void requires_the_kernel_and_what_is_shared() throws Exception {
    pack(output);

    assertThat(said("rpm", "-qp", "--requires", module(output).toString()))
        .contains("kernel-uname-r = " + OLD, "ixgbevf-kmod-common >= 1.2_3");
    assertThat(said("rpm", "-qp", "--provides", module(output).toString()))
        .contains("kmod(ixgbevf.ko)");
    assertThat(said("rpm", "-qp", "--queryformat", "%{LICENSE}", module(output).toString()))
        .containsExactly("GPL-2.0-only");
  }

  @Test
  void runs_nothing_but_depmod() throws Exception {
    pack(output);

    assertThat(said("rpm", "-qp", "--scripts", module(output).toString()))
        .containsExactly(
            "postinstall scriptlet (using /bin/sh):",
            "[ ! -e /lib/modules/" + OLD + "/modules.order ] || depmod -a " + OLD + " || :",
            "postuninstall scriptlet (using /bin/sh):",
            "[ ! -e /lib/modules/" + OLD + "/modules.order ] || depmod -a " + OLD + " || :");
    assertThat(said("rpm", "-qp", "--scripts", common(output).toString())).isEmpty();
  }

  @Test
  void makes_the_same_each_time() throws Exception {
    Path again = host.root().resolve("again");
    pack(output);

    Thread.sleep(1100);
    pack(again);

    assertThat(Sha256.of(module(again))).isEqualTo(Sha256.of(module(output)));
    assertThat(Sha256.of(common(again))).isEqualTo(Sha256.of(common(output)));
  }

  @Test
  void gives_a_later_build_a_higher_release() throws Exception {
    store(OLD, MADE.plusSeconds(61));

    assertThat(pack(output).made())
        .extracting(Path::getFileName)
        .map(Path::toString)
        .containsExactly(
            "ixgbevf-kmod-common-1.2_3-1.20260301120101.noarch.rpm",
            "kmod-ixgbevf-" + OLD + "-1.2_3-1.20260301120101.x86_64.rpm");
  }

  @Test
  void refuses_a_build_that_was_changed() throws Exception {
    Files.write(stored(OLD, "ixgbevf.ko.xz"), new byte[] {1});

    Publication.Outcome done = pack(output);

    assertThat(done.made()).isEmpty();
    assertThat(done.refusals())
        .extracting(Publication.Refusal::line)
        .containsExactly(
            "kernel "
                + OLD
                + ": driver ixgbevf 1.2-3: the stored build is not used: its ixgbevf.ko.xz was"
                + " changed; kmodkeeper rebuild makes another");
  }

  @Test
  void leaves_out_what_another_source_became() throws Exception {
    Files.writeString(driver.source().resolve("more.c"), "");

    Publication.Outcome done = pack(output);

    assertThat(done.made()).isEmpty();
    assertThat(done.refusals()).isEmpty();
  }

  @Test
  void needs_rpmbuild() {
    var without =
        new Publication(
            host.paths(),
            host.runner(),
            TestSettings.of(policy).settings(),
            new TestClock(),
            Signing.NONE);

    assertThatThrownBy(() -> without.pack(output, new Publication.Request(null, null, 0, true)))
        .isInstanceOf(MissingProgramException.class)
        .hasMessage("rpmbuild is not installed: dnf install rpm-build");
  }

  private HostPaths unpack(Path rpm) throws Exception {
    Path root = Files.createTempDirectory(host.root(), "unpacked");
    said("sh", "-c", "cd '%s' && rpm2cpio '%s' | cpio -idm --quiet".formatted(root, rpm));
    return new HostPaths(root);
  }
}
