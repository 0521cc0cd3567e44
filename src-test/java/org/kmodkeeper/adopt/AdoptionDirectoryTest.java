package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.adopt.RefusedException.Reason;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestModule;

/** Directories: one of several in an archive, a checkout, a source that is in place already. */
class AdoptionDirectoryTest extends AdoptionFixture {
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

  @Test
  void leaves_a_source_unpacked_by_hand_from_the_archive_in_place() throws Exception {
    HostFixture.write(source("1.2").resolve("Makefile"), "obj-m := nic.o\n");
    HostFixture.write(source("1.2").resolve("nic.c"), code("1.2"));

    adopt(packed(archive("1.2")));

    assertThat(source("1.2").resolve("dkms.conf")).content().contains("AUTOINSTALL=\"yes\"");
    assertThat(sources()).containsExactly("nic-1.2");
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
}
