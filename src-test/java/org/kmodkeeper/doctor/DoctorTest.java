package org.kmodkeeper.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.doctor.Diagnosis.State;
import org.kmodkeeper.testing.HostFixture;

/** All checks together. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DoctorTest extends Examination {
  DoctorTest(@TempDir Path root) throws IOException {
    super(root);
  }

  @Test
  void says_something_of_any_host_in_every_check() throws IOException {
    host.kernel("6.1.0-2.el9.x86_64");

    assertThat(examine())
        .extracting(Diagnosis::check)
        .contains(
            "configuration",
            "headers",
            "compiler",
            "dkms",
            "source",
            "dkms.conf",
            "space",
            "signatures",
            "search-order",
            "copies",
            "plugin",
            "service",
            "socket",
            "next-boot",
            "drivers");
  }

  @Test
  void notes_a_group_that_the_host_lacks() throws IOException {
    Path file =
        HostFixture.write(
            root.resolve("etc/kmodkeeper/kmodkeeper.conf"), "[main]\ngroup = no-such-group\n");

    assertThat(of("configuration"))
        .filteredOn(one -> one.state() == State.NOTE)
        .singleElement()
        .satisfies(
            note -> {
              assertThat(note.text()).startsWith(file + ":2: group = \"no-such-group\": ");
              assertThat(note.fix())
                  .isEqualTo("${EDITOR:-vi} +2 " + file + " && systemctl reload kmodkeeper");
            });
  }

  @Test
  void reports_an_invalid_configuration_and_checks_everything_else() throws IOException {
    configure("required = maybe\n");

    Path file = root.resolve("etc/kmodkeeper/drivers.d/nic.conf");
    assertBad(
        "configuration",
        file + ":2: required = \"maybe\", expected auto, yes or no",
        "${EDITOR:-vi} +2 " + file + " && systemctl reload kmodkeeper");
    assertOk("headers", RELEASE);
  }

  @Test
  void leaves_nothing_behind_after_reading() {
    examine();

    assertThat(root.resolve("var")).doesNotExist();
    assertThat(host.paths().run()).doesNotExist();
  }
}
