package org.kmodkeeper.systemd;

/** Text from tools and callers, made fit to be shown; in the journal and on a terminal alike. */
public final class Printable {
  private Printable() {}

  /**
   * One line, nothing in it that moves a cursor, changes a colour or turns the direction.
   *
   * @param longest how many characters of the text are taken
   */
  public static String line(String text, int longest) {
    var line = new StringBuilder();
    text.codePoints()
        .limit(longest)
        .forEach(
            c -> {
              if (c == '\t') {
                line.append(' ');
              } else if (isHarmless(c)) {
                line.appendCodePoint(c);
              } else {
                line.append(c < 0x100 ? "\\x%02x".formatted(c) : "\\u%04x".formatted(c));
              }
            });
    return line.toString();
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
