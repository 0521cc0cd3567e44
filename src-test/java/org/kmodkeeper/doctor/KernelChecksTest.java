package org.kmodkeeper.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
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

  private void secureBoot() throws IOException {
    Files.createDirectories(host.paths().secureBoot().getParent());
    Files.write(host.paths().secureBoot(), new byte[] {6, 0, 0, 0, 1});
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to);
  }

  @Nested
  class Room {
    @Test
    void requires_room_in_every_place_that_is_written_to() throws IOException {
      Files.createDirectories(root.resolve("boot"));

      assertThat(of("space"))
          .hasSize(5)
          .allSatisfy(one -> assertThat(one.text()).matches(".*: \\d+ MiB free.*"));
    }

    @Test
    void requires_once_more_the_room_that_an_image_takes() throws IOException {
      Path image = HostFixture.write(root.resolve("boot/initramfs-" + RELEASE + ".img"), "");
      try (var bytes = Files.newByteChannel(image, StandardOpenOption.WRITE)) {
        bytes.position(1L << 42).write(ByteBuffer.wrap(new byte[1]));
      }

      String missing = "4194304 MiB may be needed";
      assertBad("space", missing, "dnf remove --oldinstallonly");
      host.standIn("yum", "exit 1");
      assertBad("space", missing, "du -xm " + root.resolve("boot") + " | sort -n | tail");
    }
  }

  @Nested
  class SecureBoot {
    private Path key(TestKey made, Path key, Path certificate) throws IOException {
      copy(made.key(), key);
      copy(made.certificate(), certificate);
      return certificate;
    }

    private Path dkmsKey() throws IOException, InterruptedException {
      Path tree = root.resolve("var/lib/dkms");
      return key(TestKey.named("ours", root), tree.resolve("mok.key"), tree.resolve("mok.pub"));
    }

    @Test
    void requires_an_enrolled_key_for_Secure_Boot() throws IOException, InterruptedException {
      assertOk("signatures", "no kernel requires");

      secureBoot();
      HostFixture.write(kernel.file("config"), "CONFIG_INTEGRITY_PLATFORM_KEYRING=y\n");
      assertBad(
          "signatures",
          "Secure Boot requires signed modules, and there is no key to sign them",
          "kmodkeeper keys enroll");

      Path certificate = dkmsKey();
      assertBad(
          "signatures",
          "does not accept " + certificate + ": it is neither enrolled nor built into",
          "kmodkeeper keys enroll");

      copy(certificate, host.paths().shimVariable("MokNew"));
      assertBad("signatures", "it waits to be enrolled", "kmodkeeper keys status");

      copy(certificate, host.paths().mokVariable("MokListRT"));
      assertOk("signatures", "Secure Boot: every kernel accepts " + certificate);
    }

    @Test
    void reports_a_key_that_is_not_the_enrolled_one() throws IOException, InterruptedException {
      secureBoot();
      dkmsKey();
      copy(TestKey.named("other", root).certificate(), host.paths().mokVariable("MokListRT"));

      assertThat(the("signatures").state()).isEqualTo(State.BAD);
    }

    @Test
    void looks_for_a_key_where_framework_conf_names_it() throws IOException, InterruptedException {
      secureBoot();
      Path certificate = root.resolve("pki/k.der");
      HostFixture.write(
          root.resolve("etc/dkms/framework.conf"),
          "mok_signing_key='%s/a b/k.key'\nmok_certificate=%s\n".formatted(root, certificate));
      key(TestKey.named("ours", root), root.resolve("a b/k.key"), certificate);

      assertBad("signatures", "does not accept " + certificate, "kmodkeeper keys enroll");
    }

    @Test
    void judges_this_hosts_own_key_before_that_of_dkms() throws IOException, InterruptedException {
      secureBoot();
      dkmsKey();
      Path own = root.resolve("etc/kmodkeeper/keys/enroll.der");
      key(TestKey.named("own", root), own.resolveSibling("signing.pem"), own);

      assertBad("signatures", "does not accept " + own, "kmodkeeper keys enroll");
    }
  }

  @Nested
  class SearchOrder {
    @Test
    void reports_that_depmods_own_order_omits_extra() {
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
    void prefers_extra_to_what_the_kernel_has(String line, State state) throws IOException {
      HostFixture.write(root.resolve("etc/depmod.d/dist.conf"), line + "\n");

      assertThat(the("search-order").state()).isEqualTo(state);
    }

    @Test
    void reports_a_copy_that_is_not_the_drivers_own() throws IOException {
      assertOk("copies");

      Path stale = HostFixture.write(kernel.file("updates/nic.ko.xz"), "old");

      assertBad("copies", "another build of nic", "rm " + stale + " && depmod " + RELEASE);
    }

    @Test
    void quotes_a_path_that_a_shell_would_take_apart() throws IOException {
      HostFixture.write(kernel.file("updates/a $(b) it's/nic.ko"), "old");

      assertThat(the("copies").fix())
          .isEqualTo(
              "rm '" + kernel.file("updates") + "/a $(b) it'\\''s/nic.ko' && depmod " + RELEASE);
    }

    @Test
    void ignores_a_link_of_weak_modules() throws IOException {
      Path weak = Files.createDirectories(kernel.file("weak-updates"));
      Files.createSymbolicLink(weak.resolve("nic.ko"), root.resolve("elsewhere/nic.ko"));

      assertOk("copies");
    }
  }

  @Nested
  class NextBoot {
    @Test
    void knows_nothing_of_the_next_boot_without_a_boot_loader() {
      assertNote("next-boot", "no supported boot loader");
    }

    @ParameterizedTest
    @CsvSource({
      RELEASE + ", kmodkeeper explain " + RELEASE,
      "6.1.0-9.el9.x86_64, dnf install \"kernel-uname-r = 6.1.0-9.el9.x86_64\""
    })
    void requires_that_a_bootable_kernel_boots_next(String next, String fix)
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
  }

  @Nested
  class Drivers {
    @Test
    void reports_each_driver_that_is_not_ready() throws IOException {
      assertThat(the("drivers").state()).isEqualTo(State.BAD);
      assertThat(the("drivers").text()).contains(RELEASE, "driver nic: missing");
      assertThat(the("drivers").fix()).isEqualTo("kmodkeeper explain " + RELEASE + " nic");

      configure("required = no\n");

      assertOk("drivers", RELEASE + " is bootable");
    }

    @Test
    void shows_an_advice_in_words_as_words() throws IOException {
      HostFixture.write(root.resolve("var/lib/dkms/nic/dkms_dbversion"), "3\n");
      configure("version = 7\n");

      assertThat(the("drivers").text())
          .endsWith(
              "to build nic from; put the driver's source there; what to do:"
                  + " /usr/share/kmodkeeper/verdicts/no-source.md");
      assertThat(the("drivers").fix()).isEqualTo("kmodkeeper explain " + RELEASE + " nic");
    }

    @Test
    void names_the_page_of_the_verdict() throws IOException, InterruptedException {
      HostFixture.write(kernel.file("extra/nic.ko"), "no module");
      kernel.depmod();

      assertThat(the("drivers").text())
          .endsWith("; what to do: /usr/share/kmodkeeper/verdicts/damaged.md");
    }

    @Test
    void advises_a_rebuild_of_what_a_build_fixes() throws IOException, InterruptedException {
      HostFixture.write(kernel.file("extra/nic.ko"), "no module");
      kernel.depmod();

      assertBad(
          "drivers",
          "driver nic: damaged",
          "kmodkeeper rebuild --kernel " + RELEASE + " --driver nic");
    }

    @Test
    void advises_installing_headers_and_compilers() throws IOException {
      Files.delete(kernel.file("build"));
      host.standIn("yum", "exit 1");

      assertBad(
          "drivers",
          "driver nic: no-headers",
          "yum install 'kernel-devel-uname-r = " + RELEASE + "'");
    }
  }
}
