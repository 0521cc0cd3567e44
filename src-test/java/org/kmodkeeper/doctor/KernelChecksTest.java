package org.kmodkeeper.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.doctor.Diagnosis.State;
import org.kmodkeeper.testing.GrubFixture;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestKey;

/** What a built module needs to be the one that is loaded. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class KernelChecksTest extends Examination {
  KernelChecksTest(@TempDir Path root) throws IOException {
    super(root);
  }

  @Test
  void every_place_that_is_written_to_has_room() throws IOException {
    Files.createDirectories(root.resolve("boot"));

    assertThat(of("space"))
        .hasSize(5)
        .allSatisfy(one -> assertThat(one.text()).matches(".*: \\d+ MiB free.*"));
  }

  @Test
  void the_room_that_an_image_takes_is_wanted_once_more() throws IOException {
    Path image = HostFixture.write(root.resolve("boot/initramfs-" + RELEASE + ".img"), "");
    try (var bytes = Files.newByteChannel(image, StandardOpenOption.WRITE)) {
      bytes.position(1L << 42).write(ByteBuffer.wrap(new byte[1]));
    }

    String missing = "4194304 MiB may be needed";
    assertBad("space", missing, "dnf remove --oldinstallonly");
    host.standIn("yum", "exit 1");
    assertBad("space", missing, "du -xm " + root.resolve("boot") + " | sort -n | tail");
  }

  private void secureBoot() throws IOException {
    Files.createDirectories(host.paths().secureBoot().getParent());
    Files.write(host.paths().secureBoot(), new byte[] {6, 0, 0, 0, 1});
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to);
  }

  @Test
  void Secure_Boot_needs_a_key_that_is_enrolled() throws IOException, InterruptedException {
    assertOk("signatures", "no kernel requires");

    secureBoot();
    Path certificate = root.resolve("var/lib/dkms/mok.pub");
    assertThat(the("signatures").text()).startsWith("Secure Boot requires signed modules");
    assertThat(the("signatures").fix())
        .startsWith(
            "mkdir -p "
                + certificate.getParent()
                + " && install -m 600 /dev/null "
                + certificate.resolveSibling("mok.key")
                + " && openssl req ")
        .endsWith("-out " + certificate);

    copy(TestKey.named("ours", root).certificate(), certificate);
    assertBad("signatures", "is not enrolled", "mokutil --import " + certificate + " && reboot");

    copy(certificate, host.paths().enrolledKeys().get(0));
    assertOk("signatures", "Secure Boot: " + certificate + " is enrolled");
  }

  @Test
  void a_key_that_is_not_the_one_that_is_enrolled_is_told()
      throws IOException, InterruptedException {
    secureBoot();
    copy(TestKey.named("ours", root).certificate(), root.resolve("var/lib/dkms/mok.pub"));
    copy(TestKey.named("other", root).certificate(), host.paths().enrolledKeys().get(0));

    assertThat(the("signatures").state()).isEqualTo(State.BAD);
  }

  @Test
  void a_key_in_a_place_of_its_own_is_looked_for_there() throws IOException, InterruptedException {
    secureBoot();
    HostFixture.write(
        root.resolve("etc/dkms/framework.conf"),
        "mok_signing_key='/etc/pki/a b/k.key'\nmok_certificate="
            + root.resolve("pki/k.der")
            + "\n");
    assertThat(the("signatures").text()).endsWith("there is no key: /etc/pki/a b/k.key");
    assertThat(the("signatures").fix())
        .startsWith(
            "mkdir -p '/etc/pki/a b' "
                + root.resolve("pki")
                + " && install -m 600 /dev/null '/etc/pki/a b/k.key' && openssl req ")
        .endsWith("-keyout '/etc/pki/a b/k.key' -out " + root.resolve("pki/k.der"));

    copy(TestKey.named("ours", root).certificate(), root.resolve("pki/k.der"));

    assertBad(
        "signatures",
        "is not enrolled",
        "mokutil --import " + root.resolve("pki/k.der") + " && reboot");
  }

  @Test
  void depmods_own_order_passes_over_extra() {
    assertBad(
        "search-order",
        "updates, built-in",
        "echo 'search updates extra built-in weak-updates' > "
            + root.resolve("etc/depmod.d/dist.conf")
            + " && ls "
            + root.resolve("lib/modules")
            + " | xargs -n 1 depmod");
  }

  @ParameterizedTest
  @CsvSource({
    "search updates extra built-in weak-updates, OK",
    "search extra, OK",
    "search built-in extra, BAD",
    "search updates built-in, BAD"
  })
  void extra_comes_before_what_the_kernel_has(String line, State state) throws IOException {
    HostFixture.write(root.resolve("etc/depmod.d/dist.conf"), line + "\n");

    assertThat(the("search-order").state()).isEqualTo(state);
  }

  @Test
  void a_copy_that_is_not_the_drivers_own_is_told() throws IOException {
    assertOk("copies");

    Path stale = HostFixture.write(kernel.file("updates/nic.ko.xz"), "old");

    assertBad("copies", "another build of nic", "rm " + stale + " && depmod " + RELEASE);
  }

  @Test
  void a_path_that_a_shell_would_take_apart_is_quoted() throws IOException {
    HostFixture.write(kernel.file("updates/a $(b) it's/nic.ko"), "old");

    assertThat(the("copies").fix())
        .isEqualTo(
            "rm '" + kernel.file("updates") + "/a $(b) it'\\''s/nic.ko' && depmod " + RELEASE);
  }

  @Test
  void a_link_of_weak_modules_is_not_in_the_way() throws IOException {
    Path weak = Files.createDirectories(kernel.file("weak-updates"));
    Files.createSymbolicLink(weak.resolve("nic.ko"), root.resolve("elsewhere/nic.ko"));

    assertOk("copies");
  }

  @Test
  void without_a_boot_loader_nothing_is_known_of_the_next_boot() {
    assertNote("next-boot", "no supported boot loader");
  }

  @ParameterizedTest
  @CsvSource({
    RELEASE + ", kmodkeeper explain " + RELEASE,
    "6.1.0-9.el9.x86_64, dnf install \"kernel-uname-r = 6.1.0-9.el9.x86_64\""
  })
  void the_kernel_that_boots_next_is_to_be_one_that_may(String next, String fix)
      throws IOException, InterruptedException {
    GrubFixture.withBls(host.paths(), next);

    assertThat(of("next-boot").findFirst().orElseThrow())
        .satisfies(one -> assertThat(one.state()).isEqualTo(State.BAD))
        .satisfies(
            one -> assertThat(one.text()).startsWith("kernel " + next + " boots next and is not"))
        .satisfies(one -> assertThat(one.fix()).isEqualTo(fix.replace('"', '\'')));

    configure("required = no\n");
    host.kernel("6.1.0-9.el9.x86_64").withHeaders().depmod();

    assertThat(of("next-boot").findFirst().orElseThrow().text())
        .isEqualTo("kernel " + next + " boots next, bootable");
  }

  @Test
  void each_driver_that_is_not_ready_is_told() throws IOException {
    assertThat(the("drivers").state()).isEqualTo(State.BAD);
    assertThat(the("drivers").text()).contains(RELEASE, "driver nic: missing");
    assertThat(the("drivers").fix()).isEqualTo("kmodkeeper explain " + RELEASE + " nic");

    configure("required = no\n");

    assertOk("drivers", RELEASE + " is bootable");
  }

  @Test
  void an_advice_in_words_is_told_as_such() throws IOException {
    HostFixture.write(root.resolve("var/lib/dkms/nic/dkms_dbversion"), "3\n");
    configure("version = 7\n");

    assertThat(the("drivers").text()).endsWith("to build nic from; put the driver's source there");
    assertThat(the("drivers").fix()).isEqualTo("kmodkeeper explain " + RELEASE + " nic");
  }

  @Test
  void what_a_build_mends_is_built_anew() throws IOException, InterruptedException {
    HostFixture.write(kernel.file("extra/nic.ko"), "no module");
    kernel.depmod();

    assertBad(
        "drivers",
        "driver nic: damaged",
        "kmodkeeper rebuild --kernel " + RELEASE + " --driver nic");
  }

  @Test
  void headers_and_compilers_are_installed() throws IOException {
    Files.delete(kernel.file("build"));
    host.standIn("yum", "exit 1");

    assertBad(
        "drivers",
        "driver nic: no-headers",
        "yum install 'kernel-devel-uname-r = " + RELEASE + "'");
  }
}
