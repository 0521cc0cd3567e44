package org.kmodkeeper.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.model.Kernel.VERSION_ORDER;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;

@DisplayNameGeneration(ReplaceUnderscores.class)
class KernelFuzzTest {
  /** Sorting throws when this does not hold. */
  @FuzzTest
  void puts_versions_in_one_order(byte[] bytes) {
    String[] versions = new String(bytes, StandardCharsets.UTF_8).split("\n", 3);
    if (versions.length < 3) {
      return;
    }

    int firstToSecond = compare(versions[0], versions[1]);
    int secondToThird = compare(versions[1], versions[2]);

    assertThat(compare(versions[1], versions[0])).isEqualTo(-firstToSecond);
    assertThat(firstToSecond == 0).isEqualTo(versions[0].equals(versions[1]));
    if (firstToSecond == secondToThird) {
      assertThat(compare(versions[0], versions[2])).isEqualTo(firstToSecond);
    }
  }

  private static int compare(String one, String other) {
    return Integer.signum(VERSION_ORDER.compare(one, other));
  }
}
