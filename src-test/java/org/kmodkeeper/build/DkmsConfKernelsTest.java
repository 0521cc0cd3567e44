package org.kmodkeeper.build;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.build.DkmsConf.Product;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;

/** Several drivers and kernels, and for which kernels a driver is. */
class DkmsConfKernelsTest extends DkmsConfFixture {
  @Test
  void answers_for_each_kernel_separately() throws Exception {
    var other = new DkmsConfReader.Target(new Kernel("5.14.0"), target.headers());
    HostFixture.write(
        source.resolve("dkms.conf"),
        "BUILT_MODULE_NAME[0]=a\n[[ $kernelver == 5.* ]] && BUILT_MODULE_NAME[1]=b\n");

    var answers = reader.describe(driver, List.of(other, target));

    assertThat(requireNonNull(answers.get("5.14.0")).products())
        .extracting(Product::module)
        .containsExactly("a", "b");
    assertThat(requireNonNull(answers.get(RELEASE)).products())
        .extracting(Product::module)
        .containsExactly("a");
  }

  private Driver another(String name, String conf) throws IOException {
    Path place = host.paths().sources().resolve(name + "-1");
    HostFixture.write(place.resolve("dkms.conf"), conf);
    return new Driver(name, "1", place, List.of(name));
  }

  @Test
  void reads_several_drivers_in_one_run_without_an_unusual_one() throws Exception {
    var other = new DkmsConfReader.Target(new Kernel("5.14.0"), target.headers());
    Driver plain = another("plain", "BUILT_MODULE_NAME=\"$PACKAGE_NAME\"\nCLEAN=\"make clean\"\n");
    Driver choosy = another("choosy", "[[ $kernelver == 5.* ]] && BUILT_MODULE_NAME=five\n");
    Driver broken = another("broken", "if true; then\n");
    Driver strange = another("strange", "BUILT_MODULE_NAME=../up\n");
    Driver ending = another("ending", "BUILT_MODULE_NAME=a\nexit 0\n");
    Driver last = another("last", "STRIP=no\nBUILT_MODULE_NAME=last\n");

    var described =
        reader.describeAll(
            List.of(plain, choosy, broken, strange, ending, last), List.of(other, target));

    assertThat(described).containsOnlyKeys(plain, choosy, last);
    for (Driver one : described.keySet()) {
      assertThat(described).containsEntry(one, reader.describe(one, List.of(other, target)));
    }
  }

  @Test
  void reports_which_conf_of_several_ends_its_shell() throws Exception {
    assertThatIOException()
        .isThrownBy(() -> describe("BUILT_MODULE_NAME=a\nexit 0\n"))
        .withMessage(source + "/dkms.conf: it ends the shell that reads it, or prints too much");
  }

  @ParameterizedTest
  @CsvSource({
    "MIN=6.1, false",
    "MIN=6.1.0, false",
    "MIN=6.1.0-1.el9.x86_64, false",
    "MIN=6.2, true",
    "MIN=6.10, true",
    "MAX=6.1, true",
    "MAX=6.1.0-1.el9.x86_64, false",
    "MAX=6.1.999, false",
    "MAX=6.10, false",
    "MAX=5.14, true"
  })
  void reads_the_oldest_and_the_newest_kernel_of_a_driver(String bound, boolean excluded)
      throws Exception {
    assertThat(describe("BUILD_EXCLUSIVE_KERNEL_" + bound + "\n").excluded())
        .isEqualTo(excluded ? "BUILD_EXCLUSIVE_KERNEL_" + bound : "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BUILT_MODULE_NAME=\"a${kernelver%%.*}\"",
        "BUILT_MODULE_NAME=\"$(echo a${kernelver%%.*})\"",
        "case $kernelver in 5.*) BUILT_MODULE_NAME=a5 ;; *) BUILT_MODULE_NAME=a6 ;; esac",
        "BUILT_MODULE_NAME=a; m+=${kernelver%%.*}; BUILT_MODULE_NAME+=$m",
      })
  void answers_each_kernel_however_the_conf_depends_on_it(String conf) throws Exception {
    HostFixture.write(source.resolve("dkms.conf"), conf + "\n");

    assertThat(modulesOnBoth()).containsExactly("a5", "a6");
  }

  @Test
  void applies_an_override_for_one_kernel_to_no_other() throws Exception {
    HostFixture.write(source.resolve("dkms.conf"), "BUILT_MODULE_NAME=\"a6\"\n");
    etc("ixgbevf-1.2-5.14.0.conf", "BUILT_MODULE_NAME=\"a5\"\n");

    assertThat(modulesOnBoth()).containsExactly("a5", "a6");
  }

  private List<String> modulesOnBoth() throws IOException, InterruptedException {
    var other = new DkmsConfReader.Target(new Kernel("5.14.0"), target.headers());
    var answers = reader.describe(driver, List.of(other, target));
    return Stream.of("5.14.0", RELEASE)
        .map(release -> requireNonNull(answers.get(release)).products().get(0).module())
        .toList();
  }

  @Test
  void reads_that_a_plain_conf_is_for_some_kernels_only() throws Exception {
    var other = new DkmsConfReader.Target(new Kernel("5.14.0"), host.root().resolve("no-headers"));
    HostFixture.write(
        source.resolve("dkms.conf"),
        """
        BUILT_MODULE_NAME="a"
        BUILD_EXCLUSIVE_KERNEL="^5"
        BUILD_EXCLUSIVE_CONFIG="CONFIG_PCI"
        """);

    var answers = reader.describe(driver, List.of(other, target));

    assertThat(requireNonNull(answers.get("5.14.0")).excluded()).isEmpty();
    assertThat(requireNonNull(answers.get(RELEASE)).excluded())
        .isEqualTo("BUILD_EXCLUSIVE_KERNEL=^5");
  }

  @Test
  void reads_that_a_driver_is_not_for_this_kernel() throws Exception {
    assertThat(describe("BUILD_EXCLUSIVE_KERNEL='^5\\.'\n").excluded())
        .isEqualTo("BUILD_EXCLUSIVE_KERNEL=^5\\.");
    assertThat(describe("BUILD_EXCLUSIVE_KERNEL='^6\\.'\n").excluded()).isEmpty();
    assertThat(describe("BUILD_EXCLUSIVE_ARCH=vax\n").excluded())
        .isEqualTo("BUILD_EXCLUSIVE_ARCH=vax");
    assertThat(describe("BUILD_EXCLUSIVE_CONFIG='CONFIG_PCI'\n").excluded())
        .isEqualTo("BUILD_EXCLUSIVE_CONFIG=CONFIG_PCI");
    assertThat(describe("BUILD_EXCLUSIVE_CONFIG='!CONFIG_PCI CONFIG_MODULES'\n").excluded())
        .isEmpty();
  }

  @Test
  void omits_a_module_that_is_not_for_this_kernel() throws Exception {
    String modules = "BUILT_MODULE_NAME=(one two three)\n";

    var conf =
        describe(modules + "BUILD_EXCLUSIVE_KERNEL[1]='^5'\nBUILD_EXCLUSIVE_KERNEL_MAX[2]=9\n");

    assertThat(conf.products()).extracting(Product::module).containsExactly("one", "three");
    assertThat(conf.excluded()).isEmpty();
  }

  @Test
  void excludes_newer_kernels_from_what_one_makes_obsolete() throws Exception {
    assertThat(describe("OBSOLETE_BY=6.0\n").excluded())
        .isEqualTo("BUILD_EXCLUSIVE_KERNEL_MAX=6.0");
    assertThat(describe("OBSOLETE_BY=6.2\n").excluded()).isEmpty();
  }
}
