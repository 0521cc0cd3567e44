package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.adopt.RefusedException.Reason;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;

/** Taking a driver in from an archive. */
class AdoptionTest extends AdoptionFixture {
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
  void refuses_another_dkms_conf_of_the_same_version_with_advice() throws Exception {
    adopt(packed(archive("1.2")));

    assertRefused(
        packed(archive("1.2").file("nic-1.2/dkms.conf", CONF)),
        Reason.UNFIT,
        "nic-1.2, which already exists, in dkms.conf; to use that one: kmodkeeper adopt ");
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
}
