package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.adopt.RefusedException.Reason;
import org.kmodkeeper.config.Configuration;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.testing.TestModule;

/** End to end below a temporary root: real archives, bash, gcc and make; no dkms. */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(60)
class AdoptionTest {
  private static final String OLD = "6.1.0-1.el9.x86_64";
  private static final String NEW = "6.1.0-2.el9.x86_64";
  private static final String CONF =
      """
      PACKAGE_NAME="nic"
      PACKAGE_VERSION="1.2"
      MAKE="make -C ${kernel_source_dir} M=${dkms_tree}/nic/1.2/build modules"
      BUILT_MODULE_NAME[0]="nic"
      DEST_MODULE_LOCATION[0]="/updates"
      """;

  private final HostFixture host;
  private final Path downloads;
  private final List<String> told = new ArrayList<>();
  private Path directory = Path.of("");
  private boolean changed;

  AdoptionTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    downloads = Files.createDirectories(root.resolve("root"));
    Files.createDirectories(host.paths().sources());
  }

  /** An archive as a vendor has it. */
  private static TestArchive archive(String version) {
    return new TestArchive()
        .file("nic-" + version + "/Makefile", "obj-m := nic.o\n")
        .file("nic-" + version + "/nic.c", code(version));
  }

  private static String code(String version) {
    return TestModule.named("nic").version(version).source();
  }

  private Path packed(TestArchive archive) throws IOException {
    return archive.at(downloads.resolve("nic.tar"));
  }

  private void adopt(Path source) throws Exception {
    adopt(source, null, null, StepRunner.Mode.DO);
  }

  private void adopt(
      Path source, @Nullable String name, @Nullable String version, StepRunner.Mode mode)
      throws Exception {
    told.clear();
    var steps = new StepRunner(mode, told::add);
    new Adoption(host.paths(), host.runner(), settings(), new TestClock(), steps)
        .adopt(new Adoption.AdoptRequest(source, directory, new Identity.Hint(name, version)));
    changed = steps.changed();
  }

  private Settings settings() throws ConfigurationException {
    return new Configuration(host.paths().configuration()).read();
  }

  private void assertRefused(Path source, Reason reason, String why) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> adopt(source))
        .withMessageContaining(why)
        .matches(refused -> refused.reason() == reason, "for the reason " + reason);
  }

  private Path source(String version) {
    return host.paths().sources().resolve("nic-" + version);
  }

  /** The names of all that is beside the sources, hidden or not. */
  private List<String> sources() throws IOException {
    try (Stream<Path> files = Files.list(host.paths().sources())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals("kernels"))
          .sorted()
          .toList();
    }
  }

  private @Nullable String kept() throws ConfigurationException {
    return settings().policies().stream()
        .filter(policy -> policy.name().equals("nic"))
        .findFirst()
        .orElseThrow()
        .version();
  }

  /** The daemon's work, for all kernels. */
  private List<Verdict> pass() throws Exception {
    var reconciler = Reconciler.open(host.paths(), host.runner(), settings(), new TestClock());
    reconciler.pass(() -> false);
    return reconciler.reader().look().kernels().stream()
        .flatMap(kernel -> kernel.drivers().stream())
        .map(driver -> driver.finding().verdict())
        .toList();
  }

  @Test
  void writes_a_dkms_conf_where_there_is_none_and_builds_by_it() throws Exception {
    host.kernel(NEW).withHeaders();

    adopt(packed(archive("1.2")));

    assertThat(sources()).containsExactly("nic-1.2");
    assertThat(source("1.2").resolve("nic.c")).hasContent(code("1.2"));
    assertThat(source("1.2").resolve("dkms.conf"))
        .content()
        .contains("PACKAGE_VERSION=\"1.2\"", "BUILT_MODULE_NAME[0]=\"nic\"", "AUTOINSTALL=\"yes\"");
    assertThat(kept()).isEqualTo("1.2");
    assertThat(pass()).containsExactly(Verdict.READY);
  }

  /** One archive with several drivers, as amzn-drivers is: nic, nic-rdma and nic-gpu. */
  private static TestArchive archiveOfSeveral() {
    return new TestArchive()
        .file("all-7/common/common.h", "")
        .file("all-7/kernel/linux/nic/Makefile", "obj-m := nic.o\n")
        .file(
            "all-7/kernel/linux/nic/nic.c", "#include \"../../../common/common.h\"\n" + code("1.2"))
        .file("all-7/kernel/linux/nic-gpu/Makefile", "obj-m := gpu.o\n")
        .file("all-7/kernel/linux/nic-rdma/CMakeLists.txt", "")
        .file("all-7/kernel/linux/nic-rdma/src/Makefile", "obj-m := rdma.o\n")
        .file("all-7/kernel/linux/nic-rdma/src/rdma.c", TestModule.named("rdma").source())
        .file(
            "all-7/kernel/linux/nic-rdma/conf/configure.sh", "#!/bin/sh\ntouch configured\n", 0755)
        .file(
            "all-7/kernel/linux/nic-rdma/conf/dkms.conf",
            CONF.replace("nic", "nic-rdma")
                    .replace("BUILT_MODULE_NAME[0]=\"nic-rdma\"", "BUILT_MODULE_NAME[0]=\"rdma\"")
                    .replace("/build modules", "/build/src modules")
                + "BUILT_MODULE_LOCATION[0]=src/\nPRE_BUILD=./configure.sh\nAUTOINSTALL=yes\n");
  }

  @Test
  void takes_one_of_several_drivers_and_names_the_others() throws Exception {
    host.kernel(NEW).withHeaders();

    adopt(packed(archiveOfSeveral()), "nic", "1.2", StepRunner.Mode.DO);

    assertThat(told)
        .filteredOn(line -> line.startsWith("also found"))
        .extracting(line -> line.replaceFirst(".* ", ""))
        .containsExactly("kernel/linux/nic-gpu", "kernel/linux/nic-rdma");
    assertThat(pass()).containsExactly(Verdict.READY);
  }

  @Test
  void takes_another_of_several_drivers_by_its_directory() throws Exception {
    host.kernel(NEW).withHeaders();
    directory = Path.of("kernel/linux/nic-rdma");

    adopt(packed(archiveOfSeveral()));

    assertThat(sources()).containsExactly("nic-rdma-1.2");
    Path source = host.paths().sources().resolve("nic-rdma-1.2");
    assertThat(source.resolve("dkms.conf")).exists();
    assertThat(source.resolve("configure.sh")).isExecutable();
    assertThat(told).anyMatch(line -> line.contains("/nic-rdma-1.2: 7 files"));
    assertThat(pass()).containsExactly(Verdict.READY);
  }

  @Test
  void keeps_what_lies_beside_a_directory_without_dkms_conf() throws Exception {
    host.kernel(NEW).withHeaders();
    directory = Path.of("kernel/linux/nic");

    adopt(packed(archiveOfSeveral()), null, "1.2", StepRunner.Mode.DO);

    assertThat(source("1.2").resolve("common/common.h")).exists();
    assertThat(told).noneMatch(line -> line.startsWith("also found"));
    assertThat(pass()).containsExactly(Verdict.READY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel/no-such", "..", "kernel/../..", "/etc"})
  void refuses_a_directory_that_is_not_in_the_source(String wanted) throws Exception {
    directory = Path.of(wanted);

    assertRefused(packed(archiveOfSeveral()), Reason.UNFIT, "has no directory " + wanted);
    assertThat(sources()).isEmpty();
  }

  @Test
  void changes_in_a_vendors_dkms_conf_only_what_it_must() throws Exception {
    adopt(packed(archive("1.2").file("nic-1.2/dkms.conf", CONF)));

    assertThat(source("1.2").resolve("dkms.conf")).hasContent(CONF + "AUTOINSTALL=\"yes\"\n");
    assertThat(told).anyMatch(line -> line.contains("changed: AUTOINSTALL"));
  }

  @Test
  void leaves_a_dkms_conf_that_needs_no_change_alone() throws Exception {
    String conf = CONF + "AUTOINSTALL=yes # ours\n";

    adopt(packed(archive("1.2").file("nic-1.2/dkms.conf", conf)));

    assertThat(source("1.2").resolve("dkms.conf")).hasContent(conf);
    assertThat(told).anyMatch(line -> line.contains("unchanged"));
  }

  @Test
  void replaces_a_placeholder_for_the_version() throws Exception {
    String conf = CONF.replace("PACKAGE_VERSION=\"1.2\"", "PACKAGE_VERSION=\"#MODULE_VERSION#\"");

    adopt(packed(archive("1.2").file("nic-1.2/dkms.conf", conf)));

    assertThat(source("1.2").resolve("dkms.conf")).content().contains("PACKAGE_VERSION=\"1.2\"\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "if [ ; then",
        "PACKAGE_NAME=nic PACKAGE_VERSION=1.2",
        "BUILT_MODULE_NAME[0]=../nic",
        "readonly AUTOINSTALL=\nBUILT_MODULE_NAME[0]=nic",
      })
  void refuses_an_unusable_dkms_conf(String conf) throws Exception {
    assertRefused(
        packed(archive("1.2").file("nic-1.2/dkms.conf", conf + "\n")),
        Reason.UNFIT,
        "its dkms.conf");

    assertThat(sources()).isEmpty();
  }

  @Test
  void refuses_a_source_without_a_makefile() throws Exception {
    assertRefused(
        packed(new TestArchive().file("nic-1.2/README", "")), Reason.UNFIT, "has no makefile");
    assertThat(sources()).isEmpty();
  }

  @Test
  void refuses_a_makefile_without_modules_and_without_dkms_conf() throws Exception {
    assertRefused(
        packed(new TestArchive().file("nic-1.2/Makefile", "all:\n")),
        Reason.UNFIT,
        "no makefile names its modules by obj-m");
  }

  @Test
  void leaves_nothing_behind_after_a_refusal() throws Exception {
    assertRefused(
        packed(archive("1.2").symbolicLink("nic-1.2/shadow", "/etc/shadow")),
        Reason.UNFIT,
        "leads out");

    assertThat(sources()).isEmpty();
    assertThat(host.paths().configuration()).doesNotExist();
  }

  @Test
  void reports_everything_in_a_dry_run_and_changes_nothing() throws Exception {
    adopt(packed(archive("1.2")), null, null, StepRunner.Mode.DRY_RUN);

    assertThat(told).anyMatch(line -> line.contains("/nic-1.2: 2 files"));
    assertThat(told).anyMatch(line -> line.contains("version = 1.2"));
    assertThat(changed).isTrue();
    assertThat(sources()).isEmpty();
    assertThat(host.paths().configuration()).doesNotExist();
  }

  @Test
  void names_in_a_dry_run_the_steps_of_a_real_run() throws Exception {
    Path archive = packed(archive("1.2"));
    adopt(archive, null, null, StepRunner.Mode.DRY_RUN);
    List<String> dry = List.copyOf(told);
    told.clear();

    adopt(archive);

    assertThat(told).hasSizeGreaterThan(2).isEqualTo(dry);
  }

  @Test
  void changes_nothing_if_adopted_again() throws Exception {
    Path archive = packed(archive("1.2"));
    adopt(archive);
    assertThat(changed).isTrue();
    FileTime before = changeTime(source("1.2").resolve("dkms.conf"));

    adopt(archive);

    assertThat(changed).isFalse();
    assertThat(changeTime(source("1.2").resolve("dkms.conf"))).isEqualTo(before);
    assertThat(sources()).containsExactly("nic-1.2");
  }

  private static FileTime changeTime(Path file) throws IOException {
    return (FileTime) Files.getAttribute(file, "unix:ctime");
  }

  @Test
  void refuses_other_content_under_the_same_version_with_advice() throws Exception {
    adopt(packed(archive("1.2")));

    assertRefused(
        packed(archive("1.2").file("nic-1.2/more.h", "")),
        Reason.UNFIT,
        "nic-1.2, which already exists, in more.h; to use that one: kmodkeeper adopt ");
    assertThat(source("1.2").resolve("more.h")).doesNotExist();
  }

  @Test
  void leaves_a_source_unpacked_by_hand_from_the_archive_in_place() throws Exception {
    HostFixture.write(source("1.2").resolve("Makefile"), "obj-m := nic.o\n");
    HostFixture.write(source("1.2").resolve("nic.c"), code("1.2"));

    adopt(packed(archive("1.2")));

    assertThat(source("1.2").resolve("dkms.conf")).content().contains("AUTOINSTALL=\"yes\"");
    assertThat(sources()).containsExactly("nic-1.2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"AUTOINSTALL=yes\n", "AUTOINSTALL=\"yes\"\n", ""})
  void restores_a_replaced_version_from_its_archive(String line) throws Exception {
    Path archive = packed(archive("1.2").file("nic-1.2/dkms.conf", CONF + line));
    adopt(archive);
    HostFixture.write(source("1.2").resolve("dkms.conf"), CONF + "AUTOINSTALL=\"\"\n");

    adopt(archive);

    assertThat(source("1.2").resolve("dkms.conf")).hasContent(CONF + "AUTOINSTALL=\"yes\"\n");
  }

  @Test
  void refuses_another_dkms_conf_of_the_same_version_with_advice() throws Exception {
    adopt(packed(archive("1.2")));

    assertRefused(
        packed(archive("1.2").file("nic-1.2/dkms.conf", CONF)),
        Reason.UNFIT,
        "nic-1.2, which already exists, in dkms.conf; to use that one: kmodkeeper adopt ");
  }

  @Test
  void copies_a_directory() throws Exception {
    Path checkout = downloads.resolve("nic");
    HostFixture.write(checkout.resolve("Makefile"), "obj-m := nic.o\n");
    HostFixture.write(checkout.resolve("nic.c"), code("3"));
    HostFixture.write(checkout.resolve(".git/HEAD"), "ref");

    adopt(checkout, "nic", "3", StepRunner.Mode.DO);

    assertThat(source("3").resolve("nic.c")).exists();
    assertThat(source("3").resolve(".git")).doesNotExist();
    assertThat(checkout.resolve("dkms.conf")).doesNotExist();
  }

  @Test
  void leaves_a_source_unpacked_by_hand_in_place() throws Exception {
    Path source = host.source("nic", "1.2");
    Object before = Files.getAttribute(source, "unix:ino");

    adopt(source);

    assertThat(Files.getAttribute(source, "unix:ino")).isEqualTo(before);
    assertThat(source.resolve("dkms.conf")).exists();
    assertThat(kept()).isEqualTo("1.2");
    assertThat(told).anyMatch(line -> line.contains("already there"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-rw-r--", "rw-r--rw-"})
  void requires_that_only_root_can_change_a_source_left_in_place(String mode) throws Exception {
    Path source = host.source("nic", "1.2");
    Files.setPosixFilePermissions(source.resolve("nic.c"), PosixFilePermissions.fromString(mode));

    assertRefused(
        source,
        Reason.UNFIT,
        source.resolve("nic.c")
            + " can be changed by users other than root; make root its owner: chown -hR");

    assertThat(source.resolve("dkms.conf")).doesNotExist();
  }

  @Test
  void refuses_a_link_in_place_of_a_source() throws Exception {
    Files.createSymbolicLink(source("1.2"), downloads);

    assertRefused(packed(archive("1.2")), Reason.UNFIT, "nic-1.2 is a link; remove it");

    assertThat(downloads.resolve("Makefile")).doesNotExist();
  }

  @Test
  void removes_what_a_killed_command_left_behind() throws Exception {
    HostFixture.write(host.paths().sources().resolve(".kmodkeeper-adopt-1/half.c"), "");
    HostFixture.write(host.paths().rehearsals().resolve("nic-1/half.o"), "");

    adopt(packed(archive("1.2")));

    assertThat(sources()).containsExactly("nic-1.2");
    assertThat(host.paths().rehearsals()).doesNotExist();
  }

  /** Version 1.2 is ready on two kernels. */
  private void readyOnTwoKernels() throws Exception {
    host.kernel(OLD).withHeaders();
    host.kernel(NEW).withHeaders();
    adopt(packed(archive("1.2")));
    assertThat(pass()).containsExactly(Verdict.READY, Verdict.READY);
  }

  @Test
  void switches_to_a_new_version_proven_for_every_kernel() throws Exception {
    readyOnTwoKernels();

    adopt(packed(archive("2.0")));

    assertThat(told).filteredOn(line -> line.startsWith("rehearsal")).hasSize(2);
    assertThat(kept()).isEqualTo("2.0");
    assertThat(sources()).containsExactly("nic-1.2", "nic-2.0");
    assertThat(host.paths().rehearsals()).isEmptyDirectory();
    assertThat(pass()).containsExactly(Verdict.READY, Verdict.READY);
  }

  @Test
  void changes_nothing_if_a_new_version_fails_on_one_kernel() throws Exception {
    readyOnTwoKernels();
    // The build defines RELEASE as the kernel's, and there is such a file for one of them.
    TestArchive picky =
        archive("2.0").file("nic-2.0/other.c", "#include RELEASE\n").file("nic-2.0/" + NEW, "");

    assertRefused(
        packed(picky),
        Reason.NOT_READY,
        "kernel " + OLD + ": nic 2.0 would not be ready: <command-line>: fatal error: " + OLD);

    assertThat(kept()).isEqualTo("1.2");
    assertThat(sources()).containsExactly("nic-1.2");
    assertThat(pass()).containsExactly(Verdict.READY, Verdict.READY);
  }

  @Test
  void names_the_log_in_the_refusal() throws Exception {
    readyOnTwoKernels();
    Path log =
        host.root().resolve("var/log/kmodkeeper").resolve(NEW).resolve("nic-2.0.rehearsal.log");

    assertRefused(
        packed(archive("2.0").file("nic-2.0/broken.c", "broken")), Reason.NOT_READY, "see " + log);
    assertThat(log).content().contains("broken.c");
  }

  @Test
  void refuses_a_new_version_for_a_kernel_without_headers() throws Exception {
    readyOnTwoKernels();
    Path tree = host.paths().modules().resolve(OLD);
    new GZIPOutputStream(Files.newOutputStream(tree.resolve("symvers.gz"))).close();
    Files.delete(tree.resolve("build"));

    assertRefused(
        packed(archive("2.0")),
        Reason.NOT_READY,
        "kernel "
            + OLD
            + ": nic 2.0 would not be ready: no kernel headers to build it with; dnf install");
  }

  @Test
  void sees_the_serving_version_behind_a_just_adopted_one() throws Exception {
    readyOnTwoKernels();
    adopt(packed(archive("2.0")));

    assertRefused(
        packed(archive("3.0").file("nic-3.0/broken.c", "broken")), Reason.NOT_READY, "nic 3.0");

    assertThat(kept()).isEqualTo("2.0");
  }

  @Test
  void accepts_an_unproven_version_where_none_is_ready() throws Exception {
    host.kernel(NEW).withHeaders();
    adopt(packed(archive("1.2").file("nic-1.2/broken.c", "broken")));
    assertThat(pass()).containsExactly(Verdict.BUILD_FAILED);

    adopt(packed(archive("2.0")));

    assertThat(told).noneMatch(line -> line.startsWith("rehearsal"));
    assertThat(pass()).containsExactly(Verdict.READY);
  }

  @Test
  void accepts_an_older_version() throws Exception {
    readyOnTwoKernels();

    adopt(packed(archive("1.1")));

    assertThat(kept()).isEqualTo("1.1");
    assertThat(pass()).containsExactly(Verdict.READY, Verdict.READY);
  }
}
