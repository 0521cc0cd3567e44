package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.signing.OwnKey;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestKey;

/** {@code kmodkeeper keys}, with the real openssl; mokutil works only where there is firmware. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KeysCommandTest {
  private final Path root;
  private final TestTerminal terminal;
  private final OwnKey own;

  KeysCommandTest(@TempDir Path root) throws IOException {
    this.root = root;
    this.terminal = new TestTerminal(root).withKernel(TestTerminal.KERNEL);
    this.own = OwnKey.of(terminal.paths);
    Files.createDirectories(terminal.paths.configuration());
  }

  private void configure(String options) throws IOException {
    HostFixture.write(
        terminal.paths.modules().resolve(TestTerminal.KERNEL).resolve("config"), options);
  }

  private TestKey dkmsKey() throws Exception {
    TestKey key = TestKey.named("DKMS module signing key", root);
    Path tree = Files.createDirectories(terminal.paths.dkmsTree());
    Files.copy(key.key(), tree.resolve("mok.key"));
    Files.copy(key.certificate(), tree.resolve("mok.pub"));
    return key;
  }

  private void enroll(Path certificate) throws IOException {
    Path list = terminal.paths.mokVariable("MokListRT");
    Files.createDirectories(list.getParent());
    Files.copy(certificate, list);
  }

  private void mokutil(String script) throws IOException {
    Path program = HostFixture.write(root.resolve("programs/mokutil"), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    terminal.withPrograms(root.resolve("programs"));
  }

  @Test
  void shows_that_there_is_no_key() {
    assertThat(terminal.run("keys", "status")).isZero();
    assertThat(terminal.out())
        .isEqualTo(
            """
            Secure Boot  off
            signs        no key: kmodkeeper keys enroll

            kernel 6.1.0-1.el9.x86_64
              requires   no signature
            """);
  }

  @Test
  void shows_what_each_kernel_makes_of_the_key_that_signs() throws Exception {
    TestKey key = dkmsKey();
    configure("CONFIG_MODULE_SIG_FORCE=y\nCONFIG_INTEGRITY_PLATFORM_KEYRING=y\n");

    terminal.run("keys", "status");
    assertThat(terminal.out())
        .contains("signs        " + terminal.paths.dkmsTree().resolve("mok.key") + " (dkms), CN=")
        .contains("  requires   signatures: CONFIG_MODULE_SIG_FORCE\n")
        .contains("  the key    not accepted (unknown-key): it is neither enrolled nor built");

    enroll(key.certificate());
    terminal.run("keys", "status");
    assertThat(terminal.out()).contains("  the key    accepted\n");
  }

  @Test
  void prints_the_same_for_programs() throws Exception {
    dkmsKey();

    terminal.run("keys", "status", "--json");

    assertThat(terminal.out())
        .contains("\"secureBoot\": false")
        .contains("\"owner\": \"dkms\"")
        .contains("\"subject\": \"CN=DKMS module signing key\"")
        .contains("\"signature\": \"unknown-key\"");
  }

  @Test
  void makes_no_second_key_where_that_of_dkms_works() throws Exception {
    dkmsKey();

    assertThat(terminal.run("keys", "create")).isZero();

    assertThat(terminal.out())
        .startsWith("no key is made: " + terminal.paths.dkmsTree().resolve("mok.key") + " signs")
        .endsWith("next: kmodkeeper keys enroll\n");
    assertThat(own.directory()).doesNotExist();
  }

  @Test
  void makes_a_CA_where_a_kernel_takes_nothing_else() throws Exception {
    dkmsKey();
    terminal.withKernel("6.15.0-1.el9.elrepo.x86_64");
    HostFixture.write(
        terminal.paths.modules().resolve("6.15.0-1.el9.elrepo.x86_64/config"),
        "CONFIG_INTEGRITY_MACHINE_KEYRING=y\nCONFIG_INTEGRITY_CA_MACHINE_KEYRING=y\n");
    HostFixture.write(terminal.paths.mokVariable("MokListTrustedRT"), "\001");

    assertThat(terminal.run("keys", "create")).isZero();

    assertThat(terminal.out())
        .startsWith(
            terminal.paths.dkmsTree().resolve("mok.key")
                + " is of no use here: kernel 6.15.0-1.el9.elrepo.x86_64: it is enrolled, but")
        .contains("created " + own.signing() + ", issued by the new CA " + own.authority());
    terminal.run("keys", "status");
    assertThat(terminal.out()).contains("to enroll    " + own.enrolled()).contains("\nnot used ");
    assertThat(terminal.run("keys", "create")).isEqualTo(1);
    assertThat(terminal.err()).contains("exists, and signs already");
  }

  @Test
  void rotates_only_below_a_CA_of_its_own() throws Exception {
    assertThat(terminal.run("keys", "create")).isZero();
    assertThat(terminal.out()).startsWith("created " + own.signing() + "\n");

    assertThat(terminal.run("keys", "rotate")).isEqualTo(1);
    assertThat(terminal.err()).contains("another key would have to be enrolled first");
  }

  @Test
  void asks_shim_to_enroll_with_a_password_for_once() throws Exception {
    terminal.run("keys", "create");
    mokutil("cp \"$2\" " + root + "/der; cp \"$4\" " + root + "/hash; echo \"$1 $3\" >" + asked());

    assertThat(terminal.run("keys", "enroll")).isZero();

    assertThat(asked()).hasContent("--import --hash-file");
    assertThat(root.resolve("der")).hasSameBinaryContentAs(own.enrolled());
    Matcher shown = Pattern.compile("enter the password: ([b-x]{12})\n").matcher(terminal.out());
    assertThat(shown.find()).isTrue();
    String hash = Files.readString(root.resolve("hash")).strip();
    assertThat(hash(shown.group(1), hash)).isEqualTo(hash);
  }

  @Test
  void makes_the_key_that_it_enrolls_where_there_is_none() throws Exception {
    mokutil("cp \"$2\" " + root + "/der");

    assertThat(terminal.run("keys", "enroll")).isZero();

    assertThat(terminal.out()).startsWith("created " + own.signing() + "\n");
    assertThat(root.resolve("der")).hasSameBinaryContentAs(own.enrolled());
  }

  @Test
  void keeps_its_own_key_where_only_another_kernel_refuses_it() throws Exception {
    terminal.run("keys", "create");
    byte[] before = Files.readAllBytes(own.signing());
    terminal.withKernel("6.15.0-1.el9.elrepo.x86_64");
    HostFixture.write(
        terminal.paths.modules().resolve("6.15.0-1.el9.elrepo.x86_64/config"),
        "CONFIG_INTEGRITY_MACHINE_KEYRING=y\nCONFIG_INTEGRITY_CA_MACHINE_KEYRING=y\n");
    HostFixture.write(terminal.paths.mokVariable("MokListTrustedRT"), "\001");
    mokutil("true");

    assertThat(terminal.run("keys", "create")).isEqualTo(1);
    assertThat(terminal.err()).contains("takes only a CA").contains("kmodkeeper keys retire");
    assertThat(terminal.run("keys", "enroll")).isZero();

    assertThat(terminal.out()).contains("kmodkeeper keys retire");
    assertThat(own.signing()).hasBinaryContent(before);
  }

  private Path asked() {
    return root.resolve("asked");
  }

  /** As crypt(5) hashes a password with the salt of a hash, {@code $6$salt$hash}. */
  private static String hash(String password, String like) throws Exception {
    var runner = new CommandRunner(SearchPath.SYSTEM);
    String salt = like.split("\\$", -1)[2];
    return runner
        .run(Command.of("openssl", "passwd", "-6", "-salt", salt, password))
        .stdout()
        .strip();
  }

  @Test
  void asks_with_the_password_of_root() throws Exception {
    terminal.run("keys", "create");
    mokutil("echo \"$3\" >" + asked());

    assertThat(terminal.run("keys", "enroll", "--root-pw")).isZero();

    assertThat(asked()).hasContent("--root-pw");
    assertThat(terminal.out()).contains("enter root's password").doesNotContain("shown only now");
  }

  @Test
  void reports_why_mokutil_refuses() throws Exception {
    terminal.run("keys", "create");
    mokutil("echo 'EFI variables are not supported on this system' >&2; exit 1");

    assertThat(terminal.run("keys", "enroll")).isEqualTo(1);
    assertThat(terminal.err()).contains("EFI variables are not supported on this system");
  }

  @Test
  void asks_for_no_key_that_is_enrolled_or_waits() throws Exception {
    TestKey key = dkmsKey();
    Path waiting = terminal.paths.shimVariable("MokNew");
    Files.createDirectories(waiting.getParent());
    Files.copy(key.certificate(), waiting);

    assertThat(terminal.run("keys", "enroll")).isZero();
    assertThat(terminal.out()).contains("waits for the next boot already");

    enroll(key.certificate());
    assertThat(terminal.run("keys", "enroll")).isZero();
    assertThat(terminal.out()).endsWith("mok.pub is enrolled already\n");
  }

  @Test
  void retires_its_own_key_only() throws Exception {
    dkmsKey();
    assertThat(terminal.run("keys", "retire")).isEqualTo(1);
    assertThat(terminal.err()).contains("there is no key of this host's own");
    Files.delete(terminal.paths.dkmsTree().resolve("mok.key"));
    terminal.run("keys", "create");

    assertThat(terminal.run("keys", "retire")).isZero();

    assertThat(terminal.out())
        .isEqualTo(
            "removed " + own.signing() + ": it signs no more\nits certificate is not enrolled\n");
    assertThat(own.exists()).isFalse();
    assertThat(terminal.run("keys", "create")).isZero();
  }

  @Test
  void asks_shim_to_delete_an_enrolled_key_before_it_is_removed() throws Exception {
    terminal.run("keys", "create");
    enroll(own.enrolled());
    mokutil("exit 1");
    assertThat(terminal.run("keys", "retire")).isEqualTo(1);
    assertThat(own.exists()).isTrue();

    mokutil("echo \"$1\" >" + asked());
    assertThat(terminal.run("keys", "retire", "--root-pw")).isZero();

    assertThat(asked()).hasContent("--delete");
    assertThat(terminal.out()).contains("choose Delete MOK, Continue, Yes\n");
    assertThat(own.exists()).isFalse();
  }

  @Test
  void rejects_a_word_or_an_option_out_of_place() {
    assertThat(terminal.run("keys", "delete")).isEqualTo(2);
    assertThat(terminal.run("keys", "status", "--root-pw")).isEqualTo(2);
  }
}
