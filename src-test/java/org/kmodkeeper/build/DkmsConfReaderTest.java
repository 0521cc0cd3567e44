package org.kmodkeeper.build;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.build.DkmsConf.DebugInfo;
import org.kmodkeeper.build.DkmsConf.Product;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** What a dkms.conf says, as the real bash reads it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DkmsConfReaderTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";

  private final HostFixture host;
  private final Path source;
  private final Driver driver;
  private final DkmsConfReader.Target target;
  private final DkmsConfReader reader;

  DkmsConfReaderTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    source = host.source("ixgbevf", "1.2");
    driver = new Driver("ixgbevf", "1.2", source, List.of("ixgbevf"));
    target = new DkmsConfReader.Target(kernel.kernel(), kernel.headers());
    reader = new DkmsConfReader(host.paths(), host.runner());
  }

  private DkmsConf describe(String conf) throws IOException, InterruptedException {
    HostFixture.write(source.resolve("dkms.conf"), conf);
    return describe();
  }

  private DkmsConf describe() throws IOException, InterruptedException {
    return reader.describe(driver, target);
  }

  private void etc(String name, String text) throws IOException {
    HostFixture.write(host.paths().dkmsConfiguration().resolve(name), text);
  }

  @Test
  void finds_no_module_in_a_source_without_a_dkms_conf() throws Exception {
    var conf = describe();

    assertThat(conf.products()).isEmpty();
    assertThat(conf.signing()).isEqualTo(new DkmsConf.Signing("", "", ""));
  }

  @Test
  void finds_a_module_where_the_build_leaves_it_under_its_new_name() throws Exception {
    var conf =
        describe(
            """
            PACKAGE_NAME="ixgbevf"
            BUILT_MODULE_NAME[0]="ixgbevf_core"
            BUILT_MODULE_LOCATION[0]="src/core/"
            DEST_MODULE_NAME[0]="ixgbevf"
            DEST_MODULE_LOCATION[0]="/updates"
            """);

    assertThat(conf.products())
        .containsExactly(new Product("ixgbevf", "src/core/ixgbevf_core.ko", DebugInfo.STRIPPED));
  }

  @Test
  void names_a_single_unnamed_module_after_the_package() throws Exception {
    var conf = describe("PACKAGE_NAME=hello\nDEST_MODULE_LOCATION[0]=/extra\n");

    assertThat(conf.products()).extracting(Product::module).containsExactly("hello");
  }

  @Test
  void lists_several_modules_in_order() throws Exception {
    var conf =
        describe(
            """
            BUILT_MODULE_NAME=(one two three)
            DEST_MODULE_LOCATION=(/extra /extra /extra)
            """);

    assertThat(conf.products()).extracting(Product::module).containsExactly("one", "two", "three");
  }

  @Test
  void applies_the_first_strip_to_modules_that_have_none() throws Exception {
    var conf =
        describe(
            """
            BUILT_MODULE_NAME=(one two three)
            STRIP[0]=no
            STRIP[2]=yes
            """);

    assertThat(conf.products())
        .extracting(Product::debugInfo)
        .containsExactly(DebugInfo.KEPT, DebugInfo.KEPT, DebugInfo.STRIPPED);
  }

  @Test
  void evaluates_a_name_that_depends_on_the_kernel() throws Exception {
    var conf =
        describe(
            """
            if [[ $kernelver == 6.1.* && -d $kernel_source_dir ]]; then
              BUILT_MODULE_NAME[0]="for-${kernelver%%-*}-$arch"
            fi
            """);

    String machine = System.getProperty("os.arch", "").replace("amd64", "x86_64");
    assertThat(conf.products()).extracting(Product::module).containsExactly("for-6.1.0-" + machine);
  }

  @Test
  void ignores_what_a_conf_prints() throws Exception {
    var conf = describe("echo module hello; printf 'module\\0x\\0'\nBUILT_MODULE_NAME[0]=a\n");

    assertThat(conf.products()).extracting(Product::module).containsExactly("a");
  }

  @Test
  void reads_a_conf_that_uses_an_unset_variable() throws Exception {
    var conf = describe("BUILT_MODULE_NAME[0]=\"a$NEVER_SET\"\n");

    assertThat(conf.products()).extracting(Product::module).containsExactly("a");
  }

  @Test
  void reads_a_conf_whose_last_condition_is_false() throws Exception {
    var conf = describe("BUILT_MODULE_NAME[0]=a\n[ -n \"$NEVER_SET\" ] && CLEAN=true\n");

    assertThat(conf.products()).extracting(Product::module).containsExactly("a");
  }

  @Test
  void reports_a_syntax_error_with_its_line() {
    assertThatIOException()
        .isThrownBy(() -> describe("BUILT_MODULE_NAME[0]=a\nif true; then\n"))
        .withMessageStartingWith(source.resolve("dkms.conf") + ": ")
        .withMessageContaining("line 3: syntax error");
  }

  @Test
  void rejects_a_conf_that_ends_the_shell() {
    assertThatIOException()
        .isThrownBy(() -> describe("exit 3\n"))
        .withMessageEndingWith("exit status 3");
  }

  @Test
  void prefers_etc_dkms_to_the_source() throws Exception {
    etc("ixgbevf.conf", "BUILT_MODULE_NAME[0]=of_etc\nSTRIP[0]=no\n");

    var conf = describe("BUILT_MODULE_NAME[0]=of_source\n");

    assertThat(conf.products()).containsExactly(new Product("of_etc", "of_etc.ko", DebugInfo.KEPT));
  }

  @Test
  void prefers_the_more_specific_override() throws Exception {
    etc("ixgbevf-1.2-" + RELEASE + ".conf", "BUILT_MODULE_NAME[0]=for_kernel\n");
    etc("ixgbevf-1.2.conf", "BUILT_MODULE_NAME[0]=for_version\n");
    etc("ixgbevf.conf", "BUILT_MODULE_NAME[0]=for_all\n");

    var conf = describe("BUILT_MODULE_NAME[0]=of_source\n");

    assertThat(conf.products()).extracting(Product::module).containsExactly("for_kernel");
  }

  @Test
  void ignores_an_override_for_another_driver() throws Exception {
    etc("hello.conf", "BUILT_MODULE_NAME[0]=hello\n");

    var conf = describe("BUILT_MODULE_NAME[0]=a\n");

    assertThat(conf.products()).extracting(Product::module).containsExactly("a");
  }

  @Test
  void reads_from_framework_conf_where_the_signing_keys_are() throws Exception {
    etc("framework.conf", "mok_signing_key=/root/mok.key\nsign_file=\"/opt/sign-file\"\n");
    etc("framework.conf.d/mok.conf", "mok_certificate=/root/mok.der\n");

    assertThat(describe().signing())
        .isEqualTo(new DkmsConf.Signing("/opt/sign-file", "/root/mok.key", "/root/mok.der"));
  }

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
  void reads_autoinstall_and_dependencies() throws Exception {
    var conf = describe("AUTOINSTALL=yes\nBUILD_DEPENDS=(one two)\n");

    assertThat(conf.autoinstall()).isTrue();
    assertThat(conf.depends()).containsExactly("one", "two");
    assertThat(describe("").autoinstall()).isFalse();
  }

  @Test
  void reads_what_a_conf_declares() throws Exception {
    var conf = describe("declare -a BUILT_MODULE_NAME=(a)\n");

    assertThat(conf.products()).extracting(Product::module).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ixgbevf--" + RELEASE, "ixgbevf--" + RELEASE + "-x86_64"})
  void applies_an_override_for_a_kernel_and_any_version(String name) throws Exception {
    etc("ixgbevf-1.2.conf", "BUILT_MODULE_NAME=of_its_version\n");
    etc(name + ".conf", "BUILT_MODULE_NAME=of_the_kernel\n");
    etc("ixgbevf--6.1.0-2.el9.x86_64.conf", "BUILT_MODULE_NAME=of_another\n");

    assertThat(describe("BUILT_MODULE_NAME=own\n").products())
        .extracting(Product::module)
        .containsExactly("of_the_kernel");
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
  void applies_a_line_without_a_number_to_all_modules() throws Exception {
    var conf = describe("BUILT_MODULE_NAME=(one two)\nBUILD_EXCLUSIVE_KERNEL='^5'\n");

    assertThat(conf.products()).hasSize(2);
    assertThat(conf.excluded()).isEqualTo("BUILD_EXCLUSIVE_KERNEL=^5");
  }

  @Test
  void excludes_newer_kernels_from_what_one_makes_obsolete() throws Exception {
    assertThat(describe("OBSOLETE_BY=6.0\n").excluded())
        .isEqualTo("BUILD_EXCLUSIVE_KERNEL_MAX=6.0");
    assertThat(describe("OBSOLETE_BY=6.2\n").excluded()).isEmpty();
  }
}
