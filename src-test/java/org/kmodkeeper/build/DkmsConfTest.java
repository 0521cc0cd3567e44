package org.kmodkeeper.build;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.build.DkmsConf.DebugInfo;
import org.kmodkeeper.build.DkmsConf.Product;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DkmsConfTest {
  private static Map<String, DkmsConf> parse(String pairs) {
    return DkmsConf.parse(List.of(pairs.split("\0", -1)));
  }

  @Test
  void turns_pairs_into_products_and_signing_settings() {
    var conf =
        requireNonNull(
            parse(
                    "kernel\0006.1\0autoinstall\0yes\0depends\0\0excluded\0\0"
                        + "module\0a\0built\0src/a.ko\0strip\0yes\0"
                        + "module\0b\0built\0b.ko\0strip\0No\0"
                        + "sign_file\0/sf\0key\0/k\0certificate\0/c\0")
                .get("6.1"));

    assertThat(conf.products())
        .containsExactly(
            new Product("a", "src/a.ko", DebugInfo.STRIPPED),
            new Product("b", "b.ko", DebugInfo.KEPT));
    assertThat(conf.signing()).isEqualTo(new DkmsConf.Signing("/sf", "/k", "/c"));
  }

  @Test
  void refuses_an_unknown_key() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("surprise\0value\0"))
        .withMessage("unknown key \"surprise\"");
  }

  @Test
  void refuses_a_product_without_a_name() {
    assertThatIllegalArgumentException().isThrownBy(() -> parse("strip\0yes\0"));
  }

  @Test
  void refuses_a_module_name_with_a_path_in_it() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("module\0../../a\0built\0a.ko\0strip\0yes\0"));
  }
}
