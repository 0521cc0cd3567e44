package org.kmodkeeper.model;

import java.util.Locale;

/** How foreign text and enum constants are spelled in messages. */
public final class Words {
  private static final int LONGEST_QUOTE = 120;

  private Words() {}

  /** {@code NO_HEADERS} becomes {@code no-headers}. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The text in double quotes, on one line, cut to a readable length. */
  public static String quoted(String text) {
    return '"' + oneLine(text, LONGEST_QUOTE) + '"';
  }

  /** The text without control characters, cut to {@code limit} characters. */
  public static String oneLine(String text, int limit) {
    var line = new StringBuilder();
    for (int at = 0; at < text.length() && line.length() < limit; at++) {
      char c = text.charAt(at);
      line.append(Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? ' ' : c);
    }
    return text.length() > limit ? line.append('…').toString() : line.toString();
  }
}
