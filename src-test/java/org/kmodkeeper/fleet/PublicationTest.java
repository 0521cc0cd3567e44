package org.kmodkeeper.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.Sha256;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;

/** What becomes of a repository. */
class PublicationTest extends FleetFixture {
  PublicationTest(@TempDir Path root) throws IOException {
    super(root);
  }

  private Path index() {
    return repository.resolve("repodata/repomd.xml");
  }

  @Test
  void lists_what_is_stored_for_installed_kernels() throws Exception {
    store(NEW, MADE);

    Publication.Outcome done = publish();

    assertThat(done.refusals()).isEmpty();
    assertThat(inPlace()).containsExactly(COMMON, OF_OLD);
    assertThat(listed())
        .containsExactlyElementsOf(
            done.made().stream().map(file -> file.getFileName().toString()).sorted().toList());
    assertThat(repository.resolve(".kmodkeeper/stage")).doesNotExist();
  }

  @Test
  void writes_nothing_the_second_time() throws Exception {
    publish();
    List<String> before = everything();

    Publication.Outcome again = publish();

    assertThat(again.made()).isEmpty();
    assertThat(again.packages()).isEqualTo(2);
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void adds_a_kernel_and_leaves_the_others_as_they_are() throws Exception {
    publish();
    host.kernel(NEW.release());
    store(NEW, MADE.plusSeconds(60));

    Publication.Outcome done = publish();

    // What the packages share says the same as before.
    assertThat(done.made()).hasSize(1);
    assertThat(inPlace()).containsExactly(COMMON, OF_OLD, OF_NEW);
    assertThat(listed()).hasSize(3);
  }

  @Test
  void replaces_what_was_built_from_an_earlier_source() throws Exception {
    publish();
    Files.writeString(driver.source().resolve("more.c"), "");
    store(OLD, MADE.plusSeconds(60));

    assertThat(publish(0, Signing.NONE).removed()).hasSize(2);

    assertThat(inPlace()).containsExactly(COMMON, OF_OLD);
    assertThat(listed()).allSatisfy(file -> assertThat(file).contains("-1.20260301120100."));
  }

  @Test
  void keeps_what_is_wanted_after_a_step_back_in_version() throws Exception {
    publish(0, Signing.NONE);
    Path newer = host.source("ixgbevf", "1.3");
    store(OLD, MADE.plusSeconds(60), "1.3");
    assertThat(publish(3, Signing.NONE).made()).hasSize(2);
    FileUtils.deleteDirectory(newer.toFile());

    Publication.Outcome done = publish(0, Signing.NONE);

    assertThat(done.refusals()).isEmpty();
    assertThat(listed())
        .contains(
            COMMON + "-1.2_3-1.20260301120000.noarch.rpm",
            OF_OLD + "-1.2_3-1.20260301120000.x86_64.rpm");
    List<String> before = everything();
    assertThat(publish(0, Signing.NONE).made()).isEmpty();
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void keeps_the_last_of_those_that_are_no_longer_needed() throws Exception {
    host.kernel(NEW.release());
    store(NEW, MADE.plusSeconds(60));
    publish();
    FileUtils.deleteDirectory(host.paths().tree(OLD).toFile());

    assertThat(publish(1, Signing.NONE).removed()).isEmpty();
    assertThat(publish(0, Signing.NONE).removed()).hasSize(1);

    assertThat(inPlace()).containsExactly(COMMON, OF_NEW);
    assertThat(listed()).hasSize(2);
  }

  @Test
  void lists_foreign_packages_and_never_removes_them() throws Exception {
    publish();
    Path made = pack(host.root().resolve("other")).made().get(1);
    Path foreign = repository.resolve("more/kmod-other.rpm");
    Files.createDirectories(foreign.getParent());
    Files.move(made, foreign);

    publish(0, Signing.NONE);

    assertThat(foreign).exists();
    assertThat(listed()).contains("more/kmod-other.rpm");
  }

  @Test
  void leaves_the_repository_as_it_was_if_it_cannot_be_indexed() throws Exception {
    publish();
    String before = Files.readString(index());
    host.kernel(NEW.release());
    store(NEW, MADE);
    host.standIn("createrepo_c", "touch \"${8#*=}\" 2>/dev/null; echo broken >&2; exit 1");

    assertThatThrownBy(this::publish)
        .hasMessage(repository + ": the metadata stays as it was: createrepo_c: broken");
    assertThat(Files.readString(index())).isEqualTo(before);
    assertThat(listed()).hasSize(2);
    host.withoutStandIn("createrepo_c");

    assertThat(publish().made()).isEmpty();

    assertThat(listed()).hasSize(3);
  }

  @Test
  void sweeps_what_a_killed_one_has_left() throws Exception {
    publish();
    List<String> before = everything();
    HostFixture.write(repository.resolve(".kmodkeeper/stage/kmod-x/root/x"), "half");

    publish();

    assertThat(repository.resolve(".kmodkeeper/stage")).doesNotExist();
    assertThat(everything()).hasSameSizeAs(before);
  }

  @Test
  void indexes_again_what_somebody_else_has_indexed() throws Exception {
    publish();
    said("createrepo_c", "--quiet", "--excludes=*", repository.toString());

    publish();

    assertThat(listed()).hasSize(2);
  }

  @Test
  void names_what_has_no_package_and_publishes_the_rest() throws Exception {
    host.standIn("dnf", "printf '@ kernel-core base\\nkernel-uname-r = %s\\n'".formatted(NEW));

    Publication.Outcome done = publish();

    assertThat(done.refusals())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.verdict()).isEqualTo(Verdict.NO_HEADERS);
              assertThat(refusal.line())
                  .startsWith("kernel " + NEW + ": driver ixgbevf 1.2-3: no-headers: ");
            });
    assertThat(inPlace()).containsExactly(COMMON, OF_OLD);
  }

  @Test
  void keeps_packages_of_offered_kernels_that_are_not_built_for() throws Exception {
    host.kernel(NEW.release());
    publish();
    FileUtils.deleteDirectory(host.paths().tree(OLD).toFile());
    host.standIn("dnf", "printf '@ kernel-core base\\nkernel-uname-r = %s\\n'".formatted(OLD));

    assertThat(publish(0, Signing.NONE).removed()).isEmpty();
  }

  @Test
  void removes_nothing_if_no_driver_is_managed() throws Exception {
    host.kernel(NEW.release());
    store(NEW, MADE);
    publish();
    FileUtils.deleteDirectory(host.paths().tree(NEW).toFile());
    host.standIn("dnf", "printf '@ kernel-core base\\nkernel-uname-r = %s\\n'".formatted(NEW));
    FileUtils.deleteDirectory(driver.source().toFile());

    Publication.Outcome done = publish(0, Signing.NONE);

    assertThat(done.drivers()).isZero();
    assertThat(inPlace()).containsExactly(COMMON, OF_OLD, OF_NEW);
  }

  @Test
  void refuses_what_is_no_directory() throws Exception {
    HostFixture.write(repository, "a file");

    assertThatThrownBy(this::publish).hasMessage(repository + ": it is not a directory");
  }

  @Test
  void refuses_a_directory_of_other_things() throws Exception {
    HostFixture.write(repository.resolve("lost+found/x"), "");
    HostFixture.write(repository.resolve("RPM-GPG-KEY-modules"), "a key");
    publish();
    Path documents = host.root().resolve("srv/documents");
    HostFixture.write(documents.resolve("a"), "text");

    assertThatThrownBy(() -> ModuleRepository.open(documents, () -> {}))
        .hasMessage(documents + ": it has other files, and neither repodata nor packages");
    assertThat(documents).isDirectoryContaining("glob:**/a").isDirectoryNotContaining("glob:**/.*");
  }

  @Test
  void names_what_is_no_package() throws Exception {
    publish();
    // rpm would take it for a list of packages.
    Path file = HostFixture.write(repository.resolve("kmod-other.rpm"), "kmod-x.rpm\n");

    assertThatThrownBy(this::publish)
        .hasMessage("cannot read the package " + file + ": exit status 1; remove it");
  }

  @Test
  void says_why_gpg_does_not_sign() throws Exception {
    host.standIn(
        "rpmsign",
        "echo 'gpg: skipped: No secret key' >&2; echo 'gpg: signing failed: No secret key' >&2;"
            + " echo 'error: gpg exec failed (2)' >&2; exit 1");

    assertThatThrownBy(() -> publish(3, new Signing("nic", null)))
        .hasMessage(
            "cannot sign the packages by rpmsign with the key nic: gpg: signing failed: No secret"
                + " key");
    assertThatThrownBy(() -> publish(3, new Signing(null, "false")))
        .hasMessage("cannot sign the packages by false: exit status 1");
  }

  @Test
  void signs_what_it_adds_and_what_was_not_signed() throws Exception {
    publish();
    Path home = Files.createTempDirectory("gpg");
    try {
      said("sh", "-c", gpg(home) + " --passphrase '' --quick-generate-key nic rsa2048 sign never");
      var signing =
          new Signing(
              null,
              "GNUPGHOME='%s' rpmsign --define '__gpg /usr/bin/gpg' --define '_gpg_name nic' --addsign"
                  .formatted(home));

      List<String> unsigned = listed();
      List<String> before = states(unsigned);
      // What readers have the metadata of stays until there is other metadata.
      host.standIn("createrepo_c", "exit 1");
      assertThatThrownBy(() -> publish(3, signing)).hasMessageContaining("createrepo_c");
      assertThat(states(unsigned)).isEqualTo(before);
      host.withoutStandIn("createrepo_c");
      publish(3, signing);

      assertThat(listed()).hasSize(2).doesNotContainAnyElementsOf(unsigned);
      assertThat(packagesInPlace()).hasSize(2);
      Publication.Outcome again = publish(3, signing);
      assertThat(again.made()).isEmpty();
      assertThat(again.removed()).isEmpty();
      assertThat(new Rpm(runner()).unsigned(packagesInPlace())).isEmpty();
    } finally {
      said("sh", "-c", "GNUPGHOME='%s' gpgconf --kill all".formatted(home));
      FileUtils.deleteDirectory(home.toFile());
    }
  }

  private List<String> states(List<String> files) throws IOException {
    List<String> states = new ArrayList<>();
    for (String file : files) {
      states.add(Sha256.of(repository.resolve(file)));
    }
    return states;
  }

  private static String gpg(Path home) {
    return "GNUPGHOME='%s' gpg --batch --quiet 2>/dev/null".formatted(home);
  }

  @Test
  void publishes_nothing_that_was_to_be_signed_and_is_not() throws Exception {
    assertThatThrownBy(() -> publish(3, new Signing(null, "true")))
        .hasMessageStartingWith("not signed by true: ixgbevf-kmod-common-1.2_3-1.20260301120000");

    assertThat(repository).isDirectoryNotContaining(file -> file.toString().endsWith(".rpm"));
  }
}
