package org.kmodkeeper.build;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.signing.KeyMaker;
import org.kmodkeeper.signing.KeyMaker.Enrolled;
import org.kmodkeeper.signing.OwnKey;
import org.kmodkeeper.signing.SignaturePolicy;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestKey;
import org.kmodkeeper.testing.TestModule;

/** The host's own key, made by openssl, and what kernels make of what it signs. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OwnKeyTest {
  /** It has no patch, so only what gets into its machine keyring counts. */
  private static final String RELEASE = "6.15.0-1.el9.elrepo.x86_64";

  private static final String MACHINE = "CONFIG_INTEGRITY_MACHINE_KEYRING=y\n";
  private static final String ONLY_CA =
      MACHINE
          + "CONFIG_INTEGRITY_CA_MACHINE_KEYRING=y\nCONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX=y\n";

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final CommandRunner runner = new CommandRunner(SearchPath.SYSTEM);
  private final OwnKey own;
  private final KeyMaker maker;

  OwnKeyTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).withHeaders();
    own = OwnKey.of(host.paths());
    Files.createDirectories(host.paths().configuration());
    maker = new KeyMaker(own, runner, "node 7.example.org");
    HostFixture.write(kernel.headers().resolve(".config"), "CONFIG_MODULE_SIG_HASH=\"sha512\"\n");
    HostFixture.write(host.paths().mokVariable("MokListTrustedRT"), "\001");
  }

  private Path signed(String name) throws Exception {
    Path module = TestModule.named(name).at(host.root().resolve(name + ".ko"));
    sign(module);
    return module;
  }

  private void sign(Path module) throws Exception {
    var driver = new Driver("nic", "1", host.root(), List.of("nic"));
    var space = BuildSpace.of(host.paths().builds(), driver, kernel.kernel(), kernel.file("build"));
    SigningKey key =
        SigningKey.find(host.paths(), space, new DkmsConf.Signing("", "", "")).orElseThrow();
    assertThat(new Kbuild(host.paths(), runner).sign(key, module).stderr()).isEmpty();
  }

  private void enroll() throws IOException {
    Path list = host.paths().mokVariable("MokListRT");
    Files.createDirectories(list.getParent());
    Files.copy(own.enrolled(), list);
  }

  private SignaturePolicy.Check check(Path module, String options) throws Exception {
    HostFixture.write(kernel.file("config"), options);
    return new SignaturePolicy(host.paths()).check(module, kernel.kernel(), List.of());
  }

  @ParameterizedTest
  @EnumSource
  void keeps_all_but_the_certificate_that_is_enrolled_for_root(Enrolled kind) throws Exception {
    maker.create(kind);

    assertThat(own.directory()).isDirectoryNotContaining("glob:**work*");
    assertThat(own.canRotate()).isEqualTo(kind == Enrolled.AUTHORITY);
    try (Stream<Path> files = Files.list(own.directory())) {
      assertThat(files)
          .filteredOn(file -> !file.equals(own.enrolled()))
          .isNotEmpty()
          .allSatisfy(
              file ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                      .isEqualTo("rw-------"));
    }
  }

  @Test
  void signs_by_a_leaf_where_only_a_CA_is_taken() throws Exception {
    maker.create(Enrolled.AUTHORITY);
    Path module = signed("nic");
    assertThat(check(module, ONLY_CA).result()).isEqualTo(Signature.UNKNOWN_KEY);

    enroll();

    assertThat(check(module, ONLY_CA).result()).isEqualTo(Signature.ACCEPTED);
    assertThat(check(module, ONLY_CA).detail())
        .startsWith("signed by CN=kmodkeeper module signing CA of node7.example.org, serial")
        .endsWith(", by authority of CN=kmodkeeper module signing CA of node7.example.org");
  }

  @Test
  void signs_by_an_enrolled_key_where_any_is_taken() throws Exception {
    maker.create(Enrolled.SIGNING_KEY);
    Path module = signed("nic");
    enroll();

    assertThat(check(module, MACHINE).result()).isEqualTo(Signature.ACCEPTED);
    assertThat(check(module, ONLY_CA).result()).isEqualTo(Signature.NOT_A_CA);
  }

  @Test
  void signs_so_that_modinfo_reads_it() throws Exception {
    maker.create(Enrolled.AUTHORITY);
    Path module = signed("nic");

    assertThat(runner.run(Command.of("modinfo", module.toString())).stdout())
        .containsPattern("sig_id: +PKCS#7\n")
        .containsPattern("sig_hashalgo: +sha512\n");
  }

  @Test
  void replaces_the_signature_of_another_key() throws Exception {
    maker.create(Enrolled.AUTHORITY);
    enroll();
    Path module = TestModule.named("nic").at(host.root().resolve("nic.ko"));
    TestKey.named("other", host.root()).sign(module, "sha256");

    sign(module);

    assertThat(check(module, ONLY_CA).result()).isEqualTo(Signature.ACCEPTED);
    assertThat(Files.readString(module, ISO_8859_1).split("~Module signature", -1)).hasSize(2);
  }

  @Test
  void rotates_without_another_enrolment() throws Exception {
    maker.create(Enrolled.AUTHORITY);
    enroll();
    Path before = signed("before");
    String former = Files.readString(own.signing());

    maker.rotate();

    assertThat(Files.readString(own.signing())).isNotEqualTo(former);
    assertThat(check(before, ONLY_CA).result()).isEqualTo(Signature.ACCEPTED);
    assertThat(check(signed("after"), ONLY_CA).result()).isEqualTo(Signature.ACCEPTED);
  }

  @Test
  void refuses_a_leaf_that_another_key_has_issued() throws Exception {
    maker.create(Enrolled.AUTHORITY);
    Path module = signed("nic");
    FileUtils.deleteDirectory(own.directory().toFile());
    maker.create(Enrolled.AUTHORITY);
    enroll();

    assertThat(check(module, ONLY_CA).result()).isEqualTo(Signature.UNKNOWN_KEY);
  }

  @Test
  void leaves_nothing_behind_if_openssl_fails() throws Exception {
    host.standIn("openssl", "[ \"$1\" != x509 ] || exit 1; exec @real@ \"$@\"");
    var failing = new KeyMaker(own, host.runner(), "node");

    assertThat(catchThrowable(() -> failing.create(Enrolled.AUTHORITY)))
        .hasMessageStartingWith("openssl x509");

    assertThat(own.directory()).doesNotExist();
    assertThat(host.paths().configuration()).isEmptyDirectory();
  }
}
