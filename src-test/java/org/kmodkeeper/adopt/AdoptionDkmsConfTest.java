package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.adopt.RefusedException.Reason;
import org.kmodkeeper.testing.HostFixture;

/** What becomes of a vendor's dkms.conf. */
class AdoptionDkmsConfTest extends AdoptionFixture {
  @Test
  void changes_in_a_vendors_dkms_conf_only_what_it_must() throws Exception {
    adopt(packed(archive("1.2").file("nic-1.2/dkms.conf", CONF)));

    assertThat(source("1.2").resolve("dkms.conf")).hasContent(CONF + "AUTOINSTALL=\"yes\"\n");
    assertThat(told).anyMatch(line -> line.contains("changed: AUTOINSTALL"));
  }

  @Test
  void fails_where_dkms_says_that_it_has_registered_and_has_not() throws Exception {
    host.standIn("dkms", "echo 'mkdir: No space left on device' >&2");

    assertThatThrownBy(() -> adopt(packed(archive("1.2").file("nic-1.2/dkms.conf", CONF))))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "dkms add nic/1.2: exited with status 0 and registered nothing: mkdir: No space left on"
                + " device");
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

  @ParameterizedTest
  @ValueSource(strings = {"AUTOINSTALL=yes\n", "AUTOINSTALL=\"yes\"\n", ""})
  void restores_a_replaced_version_from_its_archive(String line) throws Exception {
    Path archive = packed(archive("1.2").file("nic-1.2/dkms.conf", CONF + line));
    adopt(archive);
    HostFixture.write(source("1.2").resolve("dkms.conf"), CONF + "AUTOINSTALL=\"\"\n");

    adopt(archive);

    assertThat(source("1.2").resolve("dkms.conf")).hasContent(CONF + "AUTOINSTALL=\"yes\"\n");
  }
}
