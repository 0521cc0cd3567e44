package org.kmodkeeper.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.doctor.Diagnosis.State;
import org.kmodkeeper.testing.HostFixture;

/** What a build needs. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BuildChecksTest extends Examination {
  BuildChecksTest(@TempDir Path root) throws IOException {
    super(root);
  }

  private void builtBy(String lines) throws IOException {
    Files.writeString(kernel.headers().resolve(".config"), "CONFIG_MODULES=y\n" + lines);
  }

  private Path dkmsConf(String text) throws IOException {
    return HostFixture.write(
        root.resolve("usr/src/nic-1/dkms.conf"),
        "PACKAGE_NAME=nic\nPACKAGE_VERSION=1\nBUILT_MODULE_NAME[0]=nic\n" + text);
  }

  @Nested
  class Headers {
    @Test
    void requires_a_kernel_on_a_host_without_one() throws IOException {
      kernel.erase();

      assertBad("headers", "no kernel is installed", "dnf install kernel");
    }

    @Test
    void requires_headers_for_each_kernel() throws IOException {
      host.kernel("6.1.0-2.el9.x86_64");

      assertThat(of("headers")).extracting(Diagnosis::state).containsExactly(State.BAD, State.OK);
      assertBad(
          "headers",
          "6.1.0-2.el9.x86_64",
          "dnf install 'kernel-devel-uname-r = 6.1.0-2.el9.x86_64'");
    }

    @Test
    void advises_yum_on_a_host_that_has_only_yum() throws IOException {
      host.kernel("6.1.0-2.el9.x86_64");
      host.standIn("yum", "exit 1");

      assertBad(
          "headers",
          "6.1.0-2.el9.x86_64",
          "yum install 'kernel-devel-uname-r = 6.1.0-2.el9.x86_64'");
    }

    @Test
    void needs_no_headers_or_compiler_without_a_driver_to_build() throws IOException {
      configure("version = 7\n");
      Files.delete(kernel.file("build"));
      host.without("gcc");

      assertNote("headers", RELEASE);
      assertNote("compiler", "gcc not installed");
    }
  }

  @Nested
  class Image {
    @Test
    void needs_no_headers_or_compiler_where_drivers_come_with_it() throws IOException {
      HostFixture.write(host.paths().ostreeBooted(), "");
      Files.delete(kernel.file("build"));
      host.without("gcc");

      assertNote("headers", "drivers are built where this host's image is");
      assertNote("compiler", "drivers are built where this host's image is");
    }
  }

  @Nested
  class Compiler {
    @Test
    void requires_a_compiler() throws IOException {
      assertOk("compiler", "gcc ");

      host.without("gcc");
      host.without("make");

      assertBad("compiler", "gcc and make not installed", "dnf install gcc make");
    }

    @Test
    void reports_a_compiler_that_does_not_run() throws IOException {
      host.standIn("gcc", "echo 'gcc: libmpc.so.3: cannot open' >&2; exit 127");
      builtBy("CONFIG_GCC_VERSION=110401\n");

      assertBad("compiler", "gcc does not run: gcc: libmpc.so.3: cannot open", "dnf reinstall gcc");
    }

    @Test
    void reports_a_compiler_older_than_that_of_the_kernel() throws IOException {
      builtBy("CONFIG_GCC_VERSION=990401\n");

      assertBad(
          "compiler",
          RELEASE + " was built by gcc 99; this host has gcc ",
          "dnf install gcc-toolset-99");
      assertThat(the("compiler").text())
          .contains("remedies = direct", "make = scl enable gcc-toolset-99 'make ...'");
    }

    @Test
    void accepts_a_compiler_newer_than_that_of_the_kernel() throws IOException {
      builtBy("CONFIG_GCC_VERSION=40805\n");

      assertNote("compiler", RELEASE + " was built by gcc 4; this host has gcc ");
    }

    @Test
    void requires_clang_for_a_kernel_that_clang_has_built() throws IOException {
      builtBy("CONFIG_CC_IS_CLANG=y\nCONFIG_GCC_VERSION=0\n");

      assertBad("compiler", RELEASE + " was built by clang", "dnf install clang lld llvm");

      host.standIn("clang", "exit 1");

      assertOk("compiler");
    }
  }

  @Nested
  class Dkms {
    @Test
    void reports_dkms_with_its_version() throws IOException {
      host.standIn("dkms", "echo dkms-3.0.10");

      assertOk("dkms", "dkms-3.0.10");
    }

    @Test
    void finds_no_fault_without_dkms_as_long_as_nobody_needs_it() throws IOException {
      assertNote("dkms", "kmodkeeper builds without it");

      configure("remedies = dkms\n");

      assertBad("dkms", "the only remedy of nic", "dnf install dkms");
      assertThat(the("dkms").text()).contains("EPEL");
    }

    @Test
    void reports_a_driver_registered_with_a_removed_dkms() throws IOException {
      Path version = Files.createDirectories(root.resolve("var/lib/dkms/nic/1"));
      Files.createSymbolicLink(version.resolve("source"), root.resolve("usr/src/nic-1"));

      assertBad("dkms", "has registered nic", "dnf install dkms");
    }

    @Test
    void reports_a_driver_that_dkms_does_not_know() throws IOException {
      host.standIn("dkms", "exit 0");
      dkmsConf("AUTOINSTALL=yes\n");

      assertBad("dkms.conf", "dkms does not know nic/1", "dkms add nic/1");

      Path version = Files.createDirectories(root.resolve("var/lib/dkms/nic/1"));
      Files.createSymbolicLink(version.resolve("source"), root.resolve("usr/src/nic-1"));

      assertOk("dkms.conf");
    }
  }

  @Nested
  class Sources {
    @Test
    void reports_the_source_of_each_driver() {
      assertOk("source", "driver nic 1: " + root.resolve("usr/src/nic-1"));
    }

    @Test
    void notes_a_driver_that_was_never_set_up() throws IOException {
      HostFixture.write(root.resolve("etc/kmodkeeper/drivers.d/other.conf"), "[driver]\n");

      assertThat(of("source").filter(one -> one.text().contains("driver other")))
          .singleElement()
          .extracting(Diagnosis::state, Diagnosis::fix)
          .containsExactly(State.NOTE, "kmodkeeper adopt other-VERSION.tar.gz");
    }

    @Test
    void reports_a_source_that_is_gone() throws IOException {
      HostFixture.write(root.resolve("var/lib/dkms/nic/dkms_dbversion"), "3\n");
      configure("version = 7\n");

      assertBad("source", "of version 7, which is pinned", "kmodkeeper adopt nic-7.tar.gz");
    }

    @Test
    void accepts_a_source_without_a_dkms_conf() {
      assertNote("dkms.conf", "driver nic has none");
    }

    @Test
    void reports_a_dkms_conf_that_bash_cannot_read() throws IOException {
      Path file = dkmsConf("MAKE='\n");

      assertBad("dkms.conf", file.toString(), "bash -n " + file);
    }

    @Test
    void reports_a_dkms_conf_without_AUTOINSTALL() throws IOException {
      host.standIn("dkms", "exit 0");
      Path file = dkmsConf("");

      assertBad("dkms.conf", "without AUTOINSTALL", "echo 'AUTOINSTALL=\"yes\"' >> " + file);
    }

    @Test
    void reports_a_dkms_conf_of_another_version() throws IOException {
      Path file = dkmsConf("PACKAGE_VERSION=0.9\n");

      assertBad(
          "dkms.conf",
          "PACKAGE_VERSION is 0.9",
          "sed -i 's/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"1\"/' " + file);
    }
  }
}
