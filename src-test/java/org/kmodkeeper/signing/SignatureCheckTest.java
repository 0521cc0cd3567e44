package org.kmodkeeper.signing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestKey;
import org.kmodkeeper.testing.TestModule;

/** What the kernel would make of a module that its own sign-file signed with openssl's keys. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SignatureCheckTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private Path root;
  private InstalledKernel kernel;
  private SignaturePolicy policy;
  private TestKey key;
  private Path module;

  @BeforeEach
  void lay_out(@TempDir Path temporary) throws Exception {
    root = temporary;
    var host = new HostFixture(root);
    kernel = host.kernel(RELEASE);
    policy = new SignaturePolicy(host.paths());
    key = TestKey.named("lab key", root);
    module = TestModule.named("hello").builtFor(RELEASE).at(kernel.file("extra/hello.ko"));
  }

  private SignaturePolicy.Check check(Path... certificates) throws Exception {
    return policy.check(module, new Kernel(RELEASE), List.of(certificates));
  }

  private Signature result(Path... certificates) throws Exception {
    return check(certificates).result();
  }

  private void run(String... argv) throws Exception {
    var runner = new CommandRunner(SearchPath.SYSTEM);
    assertThat(runner.run(Command.of(List.of(argv))).succeeded()).isTrue();
  }

  /** EFI_SIGNATURE_LIST of the UEFI specification, 32.4.1; the GUIDs do not matter. */
  private static byte[] signatureList(byte[] certificate) {
    return ByteBuffer.allocate(28 + 16 + certificate.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[16])
        .putInt(28 + 16 + certificate.length)
        .putInt(0)
        .putInt(16 + certificate.length)
        .put(new byte[16])
        .put(certificate)
        .array();
  }

  @Nested
  class Accepted {
    @ParameterizedTest
    @ValueSource(strings = {"sha1", "sha224", "sha256", "sha384", "sha512"})
    void accepts_a_signature_by_a_configured_certificate(String hash) throws Exception {
      key.sign(module, hash);

      SignaturePolicy.Check check = check(key.certificate());

      assertThat(check.result()).isEqualTo(Signature.ACCEPTED);
      assertThat(check.detail()).isEqualTo("signed by CN=lab key, serial number 1267");
    }

    @Test
    void accepts_a_certificate_in_PEM_form() throws Exception {
      key.sign(module, "sha256");
      String base64 = Base64.getMimeEncoder().encodeToString(Files.readAllBytes(key.certificate()));
      Path pem =
          HostFixture.write(
              root.resolve("lab.pem"),
              "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");

      assertThat(result(pem)).isEqualTo(Signature.ACCEPTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sha1", "sha224", "sha256", "sha384", "sha512"})
    void accepts_either_kind_of_key_that_kernels_take(String hash) throws Exception {
      TestKey rsa = TestKey.rsa("rsa key", root);
      rsa.sign(module, hash);

      assertThat(result(rsa.certificate())).isEqualTo(Signature.ACCEPTED);
    }

    @Test
    void finds_the_key_by_the_identifier_in_a_signature() throws Exception {
      key.signByKeyIdentifier(module);

      assertThat(result(key.certificate())).isEqualTo(Signature.ACCEPTED);
      assertThat(result(TestKey.named("other", root).certificate()))
          .isEqualTo(Signature.UNKNOWN_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xz", "zstd", "gzip"})
    void verifies_a_compressed_module_as_it_unpacks(String compressor) throws Exception {
      key.sign(module, "sha256");
      Path packed = root.resolve("packed");
      run("bash", "-c", compressor + " <" + module + " >" + packed);
      module = packed;

      assertThat(result(key.certificate())).isEqualTo(Signature.ACCEPTED);
    }

    @Test
    void tries_both_certificates_of_one_name_and_number() throws Exception {
      TestKey renewed = TestKey.named("lab key", root);
      renewed.sign(module, "sha256");

      assertThat(result(key.certificate(), renewed.certificate())).isEqualTo(Signature.ACCEPTED);
    }

    /** Where the kernel tells of them: since Linux 5.10, and before. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void accepts_a_signature_by_an_enrolled_key(int place) throws Exception {
      key.sign(module, "sha256");
      Path list = FirmwareKeys.enrolled(kernel.paths()).get(place);
      Files.createDirectories(list.getParent());
      Path other = TestKey.named("other", root).certificate();
      Files.write(list, signatureList(Files.readAllBytes(other)));
      assertThat(result()).isEqualTo(Signature.UNKNOWN_KEY);

      Files.write(
          list, signatureList(Files.readAllBytes(key.certificate())), StandardOpenOption.APPEND);

      assertThat(result()).isEqualTo(Signature.ACCEPTED);
    }
  }

  @Nested
  class Rejected {
    @Test
    void reports_a_module_without_a_signature() throws Exception {
      assertThat(check(key.certificate()))
          .isEqualTo(new SignaturePolicy.Check(Signature.ABSENT, "it is not signed"));
    }

    @Test
    void names_the_signer_of_a_signature_by_another_key() throws Exception {
      TestKey.named("stranger", root).sign(module, "sha256");

      assertThat(check(key.certificate()))
          .isEqualTo(
              new SignaturePolicy.Check(
                  Signature.UNKNOWN_KEY,
                  "signed by CN=stranger, serial number 1267,"
                      + " which this kernel is not known to accept"));
    }

    @Test
    void rejects_a_key_of_only_the_right_name_and_number() throws Exception {
      TestKey.named("lab key", root).sign(module, "sha256");

      assertThat(result(key.certificate())).isEqualTo(Signature.BROKEN);
    }

    @Test
    void rejects_a_module_that_was_changed_after_signing() throws Exception {
      long unsigned = Files.size(module);
      key.sign(module, "sha256");
      byte[] good = Files.readAllBytes(module);

      for (long at = 0; at < unsigned; at += unsigned / 20) {
        byte[] changed = good.clone();
        changed[(int) at]++;
        Files.write(module, changed);

        assertThat(check(key.certificate()).detail())
            .as("byte %d", at)
            .isEqualTo("it was changed after CN=lab key, serial number 1267 signed it");
      }
    }

    @Test
    void rejects_a_signature_that_was_changed() throws Exception {
      TestKey rsa = TestKey.rsa("rsa key", root);
      rsa.sign(module, "sha256");
      byte[] good = Files.readAllBytes(module);
      int value = good.length - "~Module signature appended~\n".length() - 12 - 2048 / 8;

      for (int at = value; at < good.length; at += 5) {
        byte[] changed = good.clone();
        changed[at]++;
        Files.write(module, changed);

        assertThat(result(rsa.certificate()))
            .as("byte %d", at - value)
            .isIn(Signature.BROKEN, Signature.ABSENT);
      }
    }

    @Test
    void sees_no_signature_before_appended_bytes() throws Exception {
      key.sign(module, "sha256");
      Files.write(module, new byte[] {0}, StandardOpenOption.APPEND);

      assertThat(result(key.certificate())).isEqualTo(Signature.ABSENT);
    }

    @Test
    void calls_a_mark_without_a_signature_before_it_broken() throws Exception {
      Files.write(
          module, "~Module signature appended~\n".getBytes(US_ASCII), StandardOpenOption.APPEND);

      assertThat(check(key.certificate()).detail())
          .isEqualTo("it has a signature of an unknown kind");
    }

    @Test
    void ignores_a_certificate_that_is_gone_or_is_not_one() throws Exception {
      key.sign(module, "sha256");

      assertThat(result(root.resolve("gone.der"), module)).isEqualTo(Signature.UNKNOWN_KEY);
    }
  }
}
