package org.kmodkeeper.boot;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A word or variable of GRUB's at the next boot.
 *
 * @param text null if only that boot will tell
 * @param begin what is known of its beginning if all of it is not
 * @param doubt why it is not known; empty if it is
 */
record GrubValue(@Nullable String text, String begin, String doubt) {
  static final GrubValue UNSET = of("");

  static GrubValue of(String text) {
    return new GrubValue(text, text, "");
  }

  static GrubValue unknown(String why) {
    return unknown("", why);
  }

  static GrubValue unknown(String begin, String why) {
    return new GrubValue(null, begin, why);
  }

  /** The variable that an assignment with an unknown value is to. */
  Optional<String> name() {
    return begin.indexOf('=') > 0
        ? Optional.of(begin.substring(0, begin.indexOf('=')))
        : Optional.empty();
  }
}
