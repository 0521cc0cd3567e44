package org.kmodkeeper.text;

/** Text from tools and callers, made fit to be shown; in the journal and on a terminal alike. */
public final class TextSanitizer {
  private static final int MAX_QUOTE = 120;

  private TextSanitizer() {}

  /** One line; nothing in it moves a cursor, changes a colour or turns the direction. */
  public static String line(String text) {
    return line(text, Integer.MAX_VALUE);
  }

  /**
   * The same, cut to a length.
   *
   * @param max how many characters of the text are taken; an ellipsis shows that there were more
   */
  public static String line(String text, int max) {
    var line = new StringBuilder();
    text.codePoints().limit(max).forEach(c -> append(line, c));
    return text.codePointCount(0, text.length()) > max
        ? line.append('…').toString()
        : line.toString();
  }

  /** The text in double quotes, on one line, cut to a readable length. */
  public static String quoted(String text) {
    return '"' + line(text, MAX_QUOTE) + '"';
  }

  private static void append(StringBuilder line, int c) {
    if (c == '\t') {
      line.append(' ');
    } else if (isHarmless(c)) {
      line.appendCodePoint(c);
    } else {
      line.append(c < 0x100 ? "\\x%02x".formatted(c) : "\\u%04x".formatted(c));
    }
  }

  private static boolean isHarmless(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
