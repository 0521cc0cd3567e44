package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Lines.assertIsLine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.kmodkeeper.build.DkmsConf.DebugInfo;
import org.kmodkeeper.build.DkmsConf.Product;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DkmsConfFuzzTest {
  @FuzzTest
  void reads_or_refuses_what_a_conf_says(byte[] output) {
    Map<String, DkmsConf> answers;
    try {
      answers = parse(new String(output, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException refused) {
      assertIsLine(String.valueOf(refused.getMessage()));
      return;
    }

    var printed = new StringBuilder();
    answers.forEach(
        (release, conf) -> {
          for (Product product : conf.products()) {
            assertThat(product.module()).matches("\\w[\\w.+-]*");
            assertThat(Path.of(product.file())).isNotNull();
          }
          printed.append(print(release, conf));
        });
    assertThat(parse(printed.toString())).isEqualTo(answers);
  }

  private static Map<String, DkmsConf> parse(String pairs) {
    return DkmsConf.parse(List.of(pairs.split("\0", -1)));
  }

  private static String print(String release, DkmsConf conf) {
    var text = new StringBuilder();
    text.append(pair("kernel", release))
        .append(pair("autoinstall", conf.autoinstall() ? "yes" : ""))
        .append(pair("depends", String.join(" ", conf.depends())))
        .append(pair("excluded", conf.excluded()));
    for (Product product : conf.products()) {
      text.append(pair("module", product.module()))
          .append(pair("built", product.file()))
          .append(pair("strip", product.debugInfo() == DebugInfo.KEPT ? "no" : "yes"));
    }
    return text.append(pair("sign_file", conf.signing().signFile()))
        .append(pair("key", conf.signing().key()))
        .append(pair("certificate", conf.signing().certificate()))
        .toString();
  }

  private static String pair(String key, String value) {
    return key + '\0' + value + '\0';
  }
}
