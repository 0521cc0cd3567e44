package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import org.junit.jupiter.api.Test;
import org.kmodkeeper.build.DkmsConf.DebugInfo;
import org.kmodkeeper.build.DkmsConf.Product;

/** The modules of a conf, and confs that are written in unusual ways. */
class DkmsConfReaderTest extends DkmsConfFixture {
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

  @Test
  void applies_a_line_without_a_number_to_all_modules() throws Exception {
    var conf = describe("BUILT_MODULE_NAME=(one two)\nBUILD_EXCLUSIVE_KERNEL='^5'\n");

    assertThat(conf.products()).hasSize(2);
    assertThat(conf.excluded()).isEqualTo("BUILD_EXCLUSIVE_KERNEL=^5");
  }
}
