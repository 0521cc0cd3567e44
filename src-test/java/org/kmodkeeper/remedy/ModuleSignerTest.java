package org.kmodkeeper.remedy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.build.BuildLog;
import org.kmodkeeper.build.Dkms;
import org.kmodkeeper.host.FileStamp;
import org.kmodkeeper.host.InstallReceipts;
import org.kmodkeeper.host.PackagedFiles;
import org.kmodkeeper.kmod.Kmod;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.model.Attempt.Outcome;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.Rebuild;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.signing.Certificates;
import org.kmodkeeper.signing.KeyMaker;
import org.kmodkeeper.signing.KeyMaker.Enrolled;
import org.kmodkeeper.signing.ModuleSignature;
import org.kmodkeeper.signing.OwnKey;
import org.kmodkeeper.testing.Facts;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestKey;
import org.kmodkeeper.testing.TestModule;

/** What dkms left unsigned, or has signed itself; with the kernel's own sign-file and openssl. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ModuleSignerTest {
  private final HostFixture host;
  private final InstalledKernel kernel;
  private final CommandRunner runner = new CommandRunner(SearchPath.SYSTEM);
  private final Dkms dkms;
  private final ModuleSigner signer;
  private final Driver driver;

  ModuleSignerTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    kernel = host.kernel(Facts.KERNEL.release()).withHeaders();
    HostFixture.write(kernel.headers().resolve(".config"), "CONFIG_MODULE_SIG_HASH=\"sha256\"\n");
    Path program = kernel.headers().resolve("scripts/sign-file");
    Files.createDirectories(program.getParent());
    Files.copy(TestKey.signFile(), program, StandardCopyOption.COPY_ATTRIBUTES);
    dkms = new Dkms(host.paths(), runner);
    signer = new ModuleSigner(host.paths(), runner, dkms);
    driver = new Driver("ixgbevf", "4.18.7", root.resolve("usr/src/none"), List.of("ixgbevf"));
    Files.createDirectories(driver.source());
    Files.createDirectories(host.paths().configuration());
  }

  private Path built(String ending) throws Exception {
    Path module =
        host.paths()
            .dkmsTree()
            .resolve("ixgbevf/4.18.7/" + kernel.release() + "/x86_64/module/ixgbevf" + ending);
    TestModule.named("ixgbevf").builtFor(kernel.release()).at(module);
    return module;
  }

  private Path installed(Path built) throws IOException {
    Path extra = Files.createDirectories(kernel.file("extra"));
    return Files.copy(built, extra.resolve(built.getFileName().toString()));
  }

  private X509Certificate dkmsKey() throws Exception {
    TestKey key = TestKey.named("DKMS", host.root());
    Files.copy(key.key(), host.paths().dkmsTree().resolve("mok.key"));
    Files.copy(key.certificate(), host.paths().dkmsTree().resolve("mok.pub"));
    return Certificates.in(key.certificate()).orElseThrow();
  }

  private boolean sign() throws Exception {
    return signer.sign(driver, kernel.kernel(), kernel.headers());
  }

  @ParameterizedTest
  @ValueSource(strings = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"})
  void signs_with_dkmss_key_what_dkms_left_unsigned(String ending) throws Exception {
    Path built = built(ending);
    Path installed = installed(built);
    X509Certificate certificate = dkmsKey();

    assertThat(sign()).isTrue();

    assertThat(ModuleSignature.isBy(installed, certificate)).isTrue();
    assertThat(installed).hasSameBinaryContentAs(built);
    assertThat(host.paths().builds()).isEmptyDirectory();
  }

  @Test
  void signs_again_with_the_hosts_own_key() throws Exception {
    Path built = built(".ko.xz");
    Path installed = installed(built);
    dkmsKey();
    sign();
    OwnKey own = OwnKey.of(host.paths());
    new KeyMaker(own, runner, "node").create(Enrolled.AUTHORITY);

    assertThat(sign()).isTrue();

    assertThat(ModuleSignature.isBy(installed, own.certificate().orElseThrow())).isTrue();
    assertThat(installed).hasSameBinaryContentAs(built);
  }

  @Test
  void leaves_alone_what_is_signed_or_is_not_what_dkms_built() throws Exception {
    Path built = built(".ko");
    Path other = TestModule.named("ixgbevf").version("9").at(kernel.file("extra/ixgbevf.ko"));
    byte[] before = Files.readAllBytes(other);
    dkmsKey();
    assertThat(sign()).isTrue();
    FileStamp signed = FileStamp.of(built).orElseThrow();

    assertThat(sign()).isFalse();

    assertThat(FileStamp.of(built)).contains(signed);
    assertThat(other).hasBinaryContent(before);
  }

  @Test
  void does_nothing_without_a_key() throws Exception {
    Path built = built(".ko");
    byte[] before = Files.readAllBytes(built);

    assertThat(sign()).isFalse();

    assertThat(built).hasBinaryContent(before);
  }

  @Test
  void leaves_the_module_as_it_is_if_it_cannot_be_signed() throws Exception {
    Path built = built(".ko.xz");
    byte[] before = Files.readAllBytes(built);
    dkmsKey();
    HostFixture.write(host.paths().dkmsTree().resolve("mok.key"), "no key");

    assertThat(catchThrowable(this::sign)).hasMessageStartingWith("sign-file: ");

    assertThat(built).hasBinaryContent(before);
  }

  @Test
  void needs_no_build_where_only_the_signature_is_not_accepted() throws Exception {
    Path built = built(".ko.xz");
    installed(built);
    X509Certificate certificate = dkmsKey();
    host.standIn("dkms", "touch " + host.root().resolve("run"));

    RemedyAction.Result result = remedied(Signature.ABSENT);

    assertThat(result.outcome()).isEqualTo(Outcome.INSTALLED);
    assertThat(ModuleSignature.isBy(built, certificate)).isTrue();
    assertThat(host.root().resolve("run")).doesNotExist();
  }

  @Test
  void does_not_build_for_a_key_that_is_refused() throws Exception {
    installed(built(".ko.xz"));
    dkmsKey();
    sign();
    host.standIn("dkms", "touch " + host.root().resolve("run"));
    Files.createSymbolicLink(
        host.paths().dkmsTree().resolve(driver.name() + "/kernel-" + kernel.kernel() + "-x86_64"),
        Path.of(driver.version()));

    RemedyAction.Result result = remedied(Signature.UNKNOWN_KEY);

    assertThat(result.detail()).startsWith("not built again");
    assertThat(host.root().resolve("run")).doesNotExist();
  }

  @Test
  void builds_where_another_module_does_not_fit() throws Exception {
    installed(built(".ko.xz"));
    dkmsKey();
    sign();
    host.standIn("dkms", "touch " + host.root().resolve("run"));
    Files.createSymbolicLink(
        host.paths().dkmsTree().resolve(driver.name() + "/kernel-" + kernel.kernel() + "-x86_64"),
        Path.of(driver.version()));
    Fit other =
        new Fit(Facts.TREE, 1, List.of("x"), List.of(), List.of(), Signature.UNKNOWN_KEY, "");
    Facts both = facts(Signature.UNKNOWN_KEY);

    RemedyAction.Result result =
        remedied(both.and(Facts.missing().fit(other).observation().modules().get(0)));

    assertThat(result.detail()).doesNotContain("not built again");
  }

  private RemedyAction.Result remedied(Signature refused) throws Exception {
    return remedied(facts(refused));
  }

  private Facts facts(Signature refused) {
    Fit unsigned = new Fit(Facts.TREE, 1, List.of(), List.of(), List.of(), refused, "it is not");
    return Facts.missing().of(driver).fit(unsigned).headers(kernel.headers());
  }

  private RemedyAction.Result remedied(Facts facts) throws Exception {
    return remedy()
        .apply(
            new RemedyAction.Job(
                facts.observation(),
                Rebuild.IF_NEEDED,
                Duration.ofSeconds(30),
                BuildLog.begin(host.root().resolve("log"))));
  }

  private DkmsRemedy remedy() {
    var kmod = new Kmod(host.paths(), host.runner());
    return new DkmsRemedy(
        dkms,
        new OriginalModules(
            host.paths(), new ModuleReader(), dkms, kmod, new PackagedFiles(host.runner())),
        new Installer(host.paths(), kmod, new InstallReceipts(host.paths())),
        signer);
  }
}
