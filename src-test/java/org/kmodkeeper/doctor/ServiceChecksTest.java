package org.kmodkeeper.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.daemon.Daemon;
import org.kmodkeeper.doctor.Diagnosis.State;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;

/** What makes kmodkeeper look, and keeps it running. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ServiceChecksTest extends Examination {
  ServiceChecksTest(@TempDir Path root) throws IOException {
    super(root);
  }

  private void dnf(String loaded) throws IOException {
    host.standIn("dnf-3", "printf '%s\\n' '" + loaded + "' 'DNF version: 4.14.0'");
  }

  @Test
  void asks_dnf_what_it_loads() throws IOException {
    dnf("Loaded plugins: builddep, kmodkeeper, needs-restarting");
    assertOk("plugin", "dnf loads it");

    dnf("Loaded plugins: builddep, kmodkeeperless");
    assertBad("plugin", "dnf does not load it", "dnf install python3-dnf-plugin-kmodkeeper");
  }

  @Test
  void advises_enabling_a_disabled_plugin_of_dnf() throws IOException {
    dnf("");
    Path own =
        HostFixture.write(root.resolve("etc/dnf/plugins/kmodkeeper.conf"), "[main]\nenabled = 1\n");
    Path all = HostFixture.write(root.resolve("etc/dnf/dnf.conf"), "[main]\nplugins=False\n");
    assertBad(
        "plugin", "plugins is off in " + all, "sed -i 's/^ *plugins *[=:].*/plugins = 1/' " + all);

    Files.writeString(own, "[main]\nenabled=0\n");
    assertBad(
        "plugin", "enabled is off in " + own, "sed -i 's/^ *enabled *[=:].*/enabled = 1/' " + own);
  }

  @Test
  void requires_the_files_of_yum_and_dnf_5() throws IOException {
    host.standIn("yum", "exit 1");
    assertBad("plugin", "yum does not load it", "yum install yum-plugin-kmodkeeper");
    HostFixture.write(root.resolve("usr/lib/yum-plugins/kmodkeeper.py"), "");
    assertOk("plugin", "yum has ");
    HostFixture.write(root.resolve("etc/yum.conf"), "[main]\nplugins=0\n");
    assertThat(the("plugin").state()).isEqualTo(State.BAD);
    host.withoutStandIn("yum");

    host.standIn("dnf5", "exit 1");
    assertThat(the("plugin").fix()).isEqualTo("dnf install libdnf5-plugin-kmodkeeper");
    HostFixture.write(
        host.paths().root().resolve("etc/dnf/libdnf5-plugins/actions.d/kmodkeeper.actions"), "");
    assertOk("plugin", "dnf 5 has ");
  }

  @Test
  void requires_no_plugin_on_a_host_without_a_package_manager() {
    assertNote("plugin", "neither dnf nor yum");
  }

  private void units(String load, String file, String active) throws IOException {
    Files.createDirectories(host.paths().systemdRuns());
    host.standIn(
        "systemctl",
        """
        shift 2
        for unit; do
          printf '%%sId=%%s\\nLoadState=%s\\nActiveState=%s\\nUnitFileState=%s\\n' "$gap" "$unit"
          gap='
        '
        done\
        """
            .formatted(load, active, file));
  }

  @ParameterizedTest
  @CsvSource({
    "loaded, enabled, active, OK, ",
    "loaded, enabled-runtime, reloading, OK, ",
    "loaded, enabled, inactive, BAD, systemctl start kmodkeeper.service",
    "loaded, enabled, failed, BAD, systemctl restart kmodkeeper.service",
    "loaded, disabled, active, BAD, systemctl enable --now kmodkeeper.service",
    "loaded, masked, inactive, BAD, systemctl unmask kmodkeeper.service && systemctl enable --now"
        + " kmodkeeper.service",
    "not-found, '', inactive, BAD, dnf reinstall kmodkeeper"
  })
  void requires_units_that_are_enabled_and_active(
      String load, String file, String active, State state, String fix) throws IOException {
    units(load, file, active);

    assertThat(of("service")).hasSize(4);
    assertThat(of("service").findFirst().orElseThrow())
        .extracting(Diagnosis::state, Diagnosis::fix)
        .containsExactly(state, fix);
  }

  @Test
  void requires_no_service_on_a_host_that_systemd_does_not_manage() {
    assertNote("service", "systemd does not run here");
  }

  @Test
  void reports_a_service_manager_that_gives_no_answer() throws IOException {
    Files.createDirectories(host.paths().systemdRuns());
    host.standIn("systemctl", "exit 1");

    assertThat(the("service").state()).isEqualTo(State.UNKNOWN);
  }

  @Test
  void requires_an_answer_from_the_daemon() throws IOException, ConfigurationException {
    assertBad("socket", "no answer", "systemctl restart kmodkeeper.socket kmodkeeper");

    try (Daemon daemon =
        Daemon.start(
            host.paths(), host.runner(), new TestClock(), OptionalInt.empty(), doing -> {})) {
      daemon.work();
      assertOk("socket", host.paths().socket().toString());
    }
  }
}
