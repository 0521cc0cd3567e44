package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.build.DkmsConf.DebugInfo;
import org.kmodkeeper.build.DkmsConf.Product;

/** What files in /etc/dkms change. */
class DkmsConfOverrideTest extends DkmsConfFixture {
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
  void reads_from_framework_conf_where_the_signing_keys_are() throws Exception {
    etc("framework.conf", "mok_signing_key=/root/mok.key\nsign_file=\"/opt/sign-file\"\n");
    etc("framework.conf.d/mok.conf", "mok_certificate=/root/mok.der\n");

    assertThat(describe().signing())
        .isEqualTo(new DkmsConf.Signing("/opt/sign-file", "/root/mok.key", "/root/mok.der"));
  }
}
