package org.kmodkeeper.testing;

import static org.assertj.core.api.Assertions.assertThat;

/** What holds of every text that stands in a message. */
public final class Lines {
  private Lines() {}

  /** It is one line that a terminal shows as it is, and not endless. */
  public static void assertIsLine(String text) {
    assertThat(text.length()).as("length").isLessThan(8192);
    assertThat(text.chars().filter(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029))
        .as("control characters in \"%s\"", text)
        .isEmpty();
  }
}
