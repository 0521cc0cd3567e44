package org.kmodkeeper.signing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestKey;
import org.kmodkeeper.testing.TestModule;

/** Whose signatures a kernel takes, by what firmware, shim, its configuration and /proc say. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KernelTrustTest {
  private static final String EL = "5.14.0-611.el9.x86_64";
  private static final String PLAIN = "6.15.0-1.el9.elrepo.x86_64";
  private static final String CA = "basicConstraints=critical,CA:TRUE";
  private static final String IDENTIFIER = "subjectKeyIdentifier=hash";
  private static final String KEYRINGS =
      "CONFIG_INTEGRITY_PLATFORM_KEYRING=y\nCONFIG_INTEGRITY_MACHINE_KEYRING=y\n";
  private static final String ONLY_CA = KEYRINGS + "CONFIG_INTEGRITY_CA_MACHINE_KEYRING=y\n";

  private Path root;
  private HostPaths paths;
  private TestKey key;
  private Path module;

  @BeforeEach
  void lay_out(@TempDir Path temporary) throws Exception {
    root = temporary;
    paths = new HostFixture(root).paths();
    use(TestKey.extended("owner", root, IDENTIFIER));
  }

  private void use(TestKey signer) throws Exception {
    key = signer;
    module = TestModule.named("hello").at(root.resolve("hello.ko"));
    key.sign(module, "sha256");
  }

  private SignaturePolicy.Check check(String release) throws Exception {
    return new SignaturePolicy(paths).check(module, new Kernel(release), List.of());
  }

  private Signature result(String release) throws Exception {
    return check(release).result();
  }

  private void configure(String release, String options) throws IOException {
    HostFixture.write(paths.tree(new Kernel(release)).resolve("config"), options);
  }

  /** As efivars shows it: attributes, then an EFI_SIGNATURE_LIST with one entry. */
  private static void list(Path variable, byte[] entry) throws IOException {
    Files.createDirectories(variable.getParent());
    Files.write(
        variable,
        ByteBuffer.allocate(4 + 28 + 16 + entry.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(7)
            .put(HexFormat.of().parseHex("a159c0a5e494a74a87b5ab155c2bf072"))
            .putInt(28 + 16 + entry.length)
            .putInt(0)
            .putInt(16 + entry.length)
            .put(new byte[16])
            .put(entry)
            .array());
  }

  private void enroll() throws IOException {
    list(paths.shimVariable("MokListRT"), Files.readAllBytes(key.certificate()));
  }

  private void trustList() throws IOException {
    HostFixture.write(paths.mokVariable("MokListTrustedRT"), "\001");
  }

  private X509Certificate certificate() throws IOException {
    return Certificates.in(key.certificate()).orElseThrow();
  }

  @Nested
  class OwnersKeys {
    @ParameterizedTest
    @ValueSource(
        strings = {
          EL,
          "4.18.0-553.el8_10.x86_64",
          "6.11.4-301.fc41.x86_64",
          "6.12.20-23.97.amzn2023.x86_64",
          "6.1.0-32-cloud-amd64",
          "6.4.0-150600.21-default"
        })
    void accepts_a_leaf_where_the_platform_keyring_is_for_modules(String release) throws Exception {
      enroll();
      configure(release, ONLY_CA);

      assertThat(result(release)).isEqualTo(Signature.ACCEPTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, "5.15.0-300.el9uek.x86_64", "6.1.2-1.amzn2023.x86_64", "6.9"})
    void accepts_no_enrolled_key_of_other_kernels_without_reason(String release) throws Exception {
      enroll();
      assertThat(result(release)).isEqualTo(Signature.UNKNOWN_KEY);

      configure(release, "CONFIG_INTEGRITY_PLATFORM_KEYRING=y\n");
      assertThat(check(release).detail()).contains("key is enrolled, and this kernel is not known");

      configure(release, KEYRINGS);
      trustList();
      assertThat(result(release)).isEqualTo(Signature.ACCEPTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONFIG_MODULE_SIG_UEFI", "CONFIG_MODULE_SIG_PLATFORM"})
    void accepts_it_where_the_configuration_says_so(String option) throws Exception {
      enroll();
      configure("3.10.0", "CONFIG_INTEGRITY_PLATFORM_KEYRING=y\n" + option + "=y\n");

      assertThat(result("3.10.0")).isEqualTo(Signature.ACCEPTED);
    }

    @Test
    void accepts_none_where_the_kernel_loads_none() throws Exception {
      enroll();
      configure(EL, "CONFIG_MODULE_SIG=y\n");

      assertThat(result(EL)).isEqualTo(Signature.UNKNOWN_KEY);
    }

    @Test
    void reports_a_list_that_shim_does_not_trust() throws Exception {
      enroll();
      configure(PLAIN, KEYRINGS);

      assertThat(check(PLAIN))
          .isEqualTo(
              new SignaturePolicy.Check(
                  Signature.LIST_NOT_TRUSTED,
                  "signed by CN=owner, serial number 1267, whose key is enrolled, but shim does not"
                      + " say to trust such keys for modules (MokListTrustedRT is missing)"));
    }

    @ParameterizedTest
    @CsvSource({
      "basicConstraints=CA:FALSE, NOT_A_CA, NOT_A_CA",
      "basicConstraints=CA:TRUE, NOT_A_CA, NOT_A_CA",
      "keyUsage=keyCertSign, NOT_A_CA, NOT_A_CA",
      "'basicConstraints=CA:TRUE;keyUsage=keyCertSign', ACCEPTED, ACCEPTED",
      "'basicConstraints=CA:TRUE;keyUsage=keyCertSign,digitalSignature', ACCEPTED, NOT_A_CA"
    })
    void accepts_only_a_CA_where_the_machine_keyring_does(
        String extensions, Signature usual, Signature strict) throws Exception {
      use(TestKey.extended("owner", root, extensions.split(";", -1)));
      enroll();
      trustList();
      configure(PLAIN, ONLY_CA);
      assertThat(result(PLAIN)).isEqualTo(usual);

      configure(PLAIN, ONLY_CA + "CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX=y\n");
      assertThat(result(PLAIN)).isEqualTo(strict);
    }

    @Test
    void tells_a_key_that_waits_for_the_next_boot() throws Exception {
      list(paths.shimVariable("MokNew"), Files.readAllBytes(key.certificate()));

      assertThat(check(EL))
          .isEqualTo(
              new SignaturePolicy.Check(
                  Signature.NOT_YET_ENROLLED,
                  "signed by CN=owner, serial number 1267, whose key waits to be enrolled: the next"
                      + " boot asks for that on the console, and goes on without it if nobody"
                      + " answers"));
    }

    @Test
    void refuses_a_key_that_the_next_boot_may_delete() throws Exception {
      enroll();
      assertThat(result(EL)).isEqualTo(Signature.ACCEPTED);

      list(paths.shimVariable("MokDel"), Files.readAllBytes(key.certificate()));

      assertThat(result(EL)).isEqualTo(Signature.REVOKED);
      assertThat(check(EL).detail()).endsWith("waits to be deleted: the next boot asks for that");
    }

    @Test
    void accepts_an_expired_key_as_kernels_do() throws Exception {
      key.expire();
      use(key);
      enroll();

      assertThat(result(EL)).isEqualTo(Signature.ACCEPTED);
      assertThat(check(EL).detail())
          .endsWith(", whose certificate is out of date, which kernels do not check");
    }
  }

  @Nested
  class FirmwaresKeys {
    @Test
    void accepts_db_only_where_the_platform_keyring_is_for_modules() throws Exception {
      list(paths.signatureDatabase("db"), Files.readAllBytes(key.certificate()));
      trustList();
      configure(EL, ONLY_CA);
      configure(PLAIN, ONLY_CA);

      assertThat(result(EL)).isEqualTo(Signature.ACCEPTED);
      assertThat(check(PLAIN).detail()).contains("is in the firmware's db, which this kernel");
      assertThat(result(PLAIN)).isEqualTo(Signature.UNKNOWN_KEY);
    }

    @Test
    void ignores_db_where_shim_was_told_to() throws Exception {
      list(paths.signatureDatabase("db"), Files.readAllBytes(key.certificate()));
      list(paths.shimVariable("MokIgnoreDB"), new byte[] {1});

      assertThat(result(EL)).isEqualTo(Signature.UNKNOWN_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dbx", "MokListXRT"})
    void rejects_a_revoked_key(String which) throws Exception {
      Path variable =
          which.equals("dbx") ? paths.signatureDatabase("dbx") : paths.mokVariable("MokListXRT");
      enroll();
      byte[] signed = certificate().getTBSCertificate();

      list(variable, MessageDigest.getInstance("SHA-256").digest(signed));
      assertThat(result(EL)).isEqualTo(Signature.REVOKED);
      list(variable, certificate().getEncoded());
      assertThat(check(EL).detail()).endsWith(", whose key is revoked, by dbx or MokListXRT");

      configure(EL, KEYRINGS + "CONFIG_SYSTEM_BLACKLIST_KEYRING=y\n");
      assertThat(result(EL)).isEqualTo(Signature.ACCEPTED);
      configure(EL, KEYRINGS + "CONFIG_SYSTEM_REVOCATION_LIST=y\n");
      assertThat(result(EL)).isEqualTo(Signature.REVOKED);
    }
  }

  /** The lines are those of a Linux 6.1 and of an EL 7 kernel, the key's own put in. */
  @Nested
  class RunningKernel {
    private static final String BUILT_IN =
        """
        2ec8fd23 I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: 2
        0cbaf6f0 I------     1 perm 0f0b0000     0     0 keyring   .blacklist: empty
        3eb8de10 I--Q---     1 perm 0c030000     0 65534 keyring   .user_reg: 2
        """;

    private void runs(String keys) throws IOException {
      HostFixture.write(paths.runningRelease(), EL + "\n");
      HostFixture.write(paths.keys(), keys);
    }

    private String line(String flags, String identifier) {
      String end = identifier.substring(identifier.length() - 8);
      return "28ca0db9 %s     1 perm 1f010000     0     0 asymmetri Lab: owner: %s: X509.rsa %s []\n"
          .formatted(flags, identifier, end);
    }

    private String identifier() throws IOException {
      return Signer.KeyIdentifier.of(certificate()).orElseThrow();
    }

    @Test
    void accepts_an_enrolled_key_only_if_the_kernel_has_it() throws Exception {
      enroll();
      runs(BUILT_IN);
      assertThat(check(EL).detail())
          .endsWith(", whose key is not in the running kernel's " + paths.keys());
      assertThat(result(EL)).isEqualTo(Signature.UNKNOWN_KEY);
      assertThat(result("5.14.0-612.el9.x86_64")).isEqualTo(Signature.ACCEPTED);

      runs(BUILT_IN + line("I------", identifier()));
      assertThat(result(EL)).isEqualTo(Signature.ACCEPTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"IR-----", "I-D----", "I-----i", "-------"})
    void counts_no_key_that_is_no_more(String flags) throws Exception {
      enroll();
      runs(BUILT_IN + line(flags, identifier()));

      assertThat(result(EL)).isEqualTo(Signature.UNKNOWN_KEY);
    }

    @Test
    void knows_a_key_without_identifier_by_its_number() throws Exception {
      use(TestKey.extended("owner", root, CA, "subjectKeyIdentifier=none"));
      enroll();
      runs(
          BUILT_IN
              + "28ca0db9 I------     1 perm 1f010000     0     0 asymmetri owner: 1267: X509.RSA "
              + " []\n");

      assertThat(result(EL)).isEqualTo(Signature.ACCEPTED);
    }

    @Test
    void draws_no_conclusion_from_what_this_user_may_not_view() throws Exception {
      enroll();
      runs("3eb8de10 I--Q---     1 perm 0c030000  1000 65534 keyring   .user_reg: 2\n");

      assertThat(result(EL)).isEqualTo(Signature.ACCEPTED);
    }

    @Test
    void looks_whether_the_machine_keyring_holds_any() throws Exception {
      enroll();
      trustList();
      configure(PLAIN, KEYRINGS);
      runs(BUILT_IN + line("I------", identifier()));
      HostFixture.write(paths.runningRelease(), PLAIN + "\n");
      assertThat(check(PLAIN).detail()).endsWith("the running kernel's .machine keyring is empty");

      HostFixture.write(
          paths.keys(),
          Files.readString(paths.keys())
              + "3a38dca1 I------     1 perm 1f0f0000     0     0 keyring   .machine: 1\n");
      assertThat(result(PLAIN)).isEqualTo(Signature.ACCEPTED);
    }

    @Test
    void reads_what_this_kernel_prints() throws IOException {
      assertThat(RunningKeys.of(HostPaths.SYSTEM)).isNotNull();
    }
  }
}
