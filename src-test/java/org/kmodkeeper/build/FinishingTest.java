package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestModule;

/** What happens to a module between the compiler and the kernel's tree. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FinishingTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";
  private static final DkmsConf.Signing UNSET = new DkmsConf.Signing("", "", "");

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final Kbuild kbuild;
  private final BuildSpace space;
  private final Path module;

  FinishingTest(@TempDir Path root) throws IOException, InterruptedException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE).withHeaders();
    kbuild = new Kbuild(host.paths(), host.runner());
    var driver = new Driver("ixgbevf", "1.2", root, List.of("ixgbevf"));
    space = BuildSpace.of(host.paths().builds(), driver, kernel.kernel(), kernel.file("build"));
    module = TestModule.named("ixgbevf").builtFor(RELEASE).at(space.stage().resolve("ixgbevf.ko"));
  }

  @Test
  void strips_the_debugging_sections_and_leaves_a_module() throws Exception {
    long before = Files.size(module);

    assertThat(kbuild.strip(space, module).succeeded()).isTrue();

    assertThat(Files.size(module)).isLessThan(before);
    assertThat(new ModuleReader().read(module).name()).isEqualTo("ixgbevf");
  }

  @ParameterizedTest
  @ValueSource(strings = {".ko.xz", ".ko.zst", ".ko.gz"})
  void replaces_the_plain_file_by_the_compressed_one(String ending) throws Exception {
    assertThat(kbuild.compress(module, ending).succeeded()).isTrue();

    assertThat(space.stage().toFile().list()).containsExactly("ixgbevf" + ending);
  }

  @Test
  void leaves_a_module_plain_for_a_kernel_with_plain_modules() throws Exception {
    assertThat(kbuild.compress(module, ".ko").succeeded()).isTrue();

    assertThat(space.stage().toFile().list()).containsExactly("ixgbevf.ko");
  }

  /** A kernel that checks signatures, with its program and dkms's keys. */
  private void signingKernel() throws IOException {
    HostFixture.write(
        kernel.headers().resolve(".config"), "CONFIG_X=y\nCONFIG_MODULE_SIG_HASH=\"sha512\"\n");
    Path program = HostFixture.write(signFile(), "#!/bin/sh\necho \"$@\" > \"$4.signed\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    HostFixture.write(host.paths().dkmsTree().resolve("mok.key"), "key");
    HostFixture.write(host.paths().dkmsTree().resolve("mok.pub"), "certificate");
  }

  private Path signFile() {
    return kernel.file("build/scripts/sign-file");
  }

  private Optional<SigningKey> find(DkmsConf.Signing signing) throws IOException {
    return SigningKey.find(host.paths(), space, signing);
  }

  @Test
  void signs_by_the_kernels_program_with_dkmss_key() throws Exception {
    signingKernel();

    SigningKey key = find(UNSET).orElseThrow();
    assertThat(kbuild.sign(key, module).succeeded()).isTrue();

    Path tree = host.paths().dkmsTree();
    assertThat(space.stage().resolve("ixgbevf.ko.signed"))
        .hasContent(
            "sha512 %s %s %s".formatted(tree.resolve("mok.key"), tree.resolve("mok.pub"), module));
  }

  /** In which kconfig writes strings without quotes, since Linux 5.18. */
  @Test
  void signs_where_the_headers_have_only_auto_conf() throws Exception {
    signingKernel();
    Files.delete(kernel.headers().resolve(".config"));
    HostFixture.write(
        kernel.headers().resolve("include/config/auto.conf"), "CONFIG_MODULE_SIG_HASH=sha512\n");

    assertThat(find(UNSET)).map(SigningKey::hash).contains("sha512");
  }

  @Test
  void signs_with_the_keys_that_framework_conf_names() throws Exception {
    signingKernel();
    Path certificate = HostFixture.write(host.root().resolve("my.der"), "certificate");

    SigningKey key =
        find(new DkmsConf.Signing("", "pkcs11:token=mine", certificate.toString())).orElseThrow();

    assertThat(key)
        .isEqualTo(new SigningKey(signFile(), "sha512", "pkcs11:token=mine", certificate));
  }

  /** Headers that were downloaded for a kernel that is not installed, with all that signs. */
  private BuildSpace downloaded() throws IOException {
    Path headers = host.root().resolve("downloaded");
    HostFixture.write(headers.resolve(".config"), "CONFIG_MODULE_SIG_HASH=\"sha256\"\n");
    HostFixture.write(headers.resolve("scripts/sign-file"), "#!/bin/sh\n")
        .toFile()
        .setExecutable(true);
    var offered = new Kernel("6.1.0-2.el9.x86_64");
    return BuildSpace.of(host.paths().downloads(), space.driver(), offered, headers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/downloaded/scripts/sign-file"})
  void runs_no_program_that_was_downloaded_with_the_key(String configured) throws Exception {
    signingKernel();
    String program = configured.isEmpty() ? "" : host.root() + configured;

    Optional<SigningKey> key =
        SigningKey.find(host.paths(), downloaded(), new DkmsConf.Signing(program, "", ""));

    assertThat(key).map(SigningKey::program).contains(signFile());
    assertThat(key).map(SigningKey::hash).contains("sha256");
  }

  @Test
  void signs_nothing_where_only_the_download_has_a_program() throws Exception {
    signingKernel();
    Files.delete(signFile());

    assertThat(SigningKey.find(host.paths(), downloaded(), UNSET)).isEmpty();
  }

  @Test
  void signs_nothing_without_a_key() throws Exception {
    signingKernel();
    Files.delete(host.paths().dkmsTree().resolve("mok.key"));

    assertThat(find(UNSET)).isEmpty();
  }

  @Test
  void signs_nothing_for_a_kernel_that_checks_no_signatures() throws Exception {
    signingKernel();
    HostFixture.write(kernel.headers().resolve(".config"), "# CONFIG_MODULE_SIG is not set\n");

    assertThat(find(UNSET)).isEmpty();
  }

  @Test
  void fails_to_sign_without_the_headers_signing_program() throws Exception {
    signingKernel();
    Files.delete(signFile());

    assertThat(find(UNSET)).isEmpty();
  }
}
