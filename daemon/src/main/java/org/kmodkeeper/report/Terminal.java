package org.kmodkeeper.report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.text.TextSanitizer;

/**
 * Where a command prints. Whatever text it is given cannot move a cursor or change a colour; for
 * people, long lines are wrapped.
 *
 * @param width in columns
 */
public record Terminal(PrintStream out, Kind kind, CharacterSet characterSet, int width) {
  /** What is at the other end. */
  public enum Kind {
    /** A file or a program: lines stay whole, for grep. */
    FILE,
    /** A terminal that only adds lines. */
    DUMB,
    /** A terminal whose lines can be written over. */
    MONOCHROME,
    /** The same, in colour. */
    COLOURED
  }

  /** What can be shown. */
  public enum CharacterSet {
    ASCII,
    UNICODE
  }

  /** As ECMA-48's Select Graphic Rendition numbers them. */
  public enum Colour {
    NONE(""),
    BOLD("1"),
    FAINT("2"),
    RED("31"),
    GREEN("32"),
    YELLOW("33");

    private final String code;

    Colour(String code) {
      this.code = code;
    }
  }

  private static final int USUAL_WIDTH = 80;
  private static final Pattern WIDTH = Pattern.compile("[2-9][0-9]|[1-4][0-9]{2}");
  private static final Pattern UTF_8 = Pattern.compile("(?i)\\.utf-?8\\b");
  private static final String ESCAPE = "\u001b[";

  /**
   * Finds out what a stream leads to. System.console() tells of a terminal only if standard input
   * is one too, and isatty(3) would need a native library, which takes longer than most commands.
   *
   * @param descriptor the stream's file descriptor in /proc
   */
  public static Terminal of(PrintStream out, Path descriptor, Map<String, String> environment) {
    String columns = environment.getOrDefault("COLUMNS", "");
    int width = WIDTH.matcher(columns).matches() ? Integer.parseInt(columns) : USUAL_WIDTH;
    Kind kind = kind(descriptor, environment);
    return new Terminal(
        out, kind, kind == Kind.FILE ? CharacterSet.ASCII : characterSet(environment), width);
  }

  /** By the locale's character encoding: locale(7). */
  private static CharacterSet characterSet(Map<String, String> environment) {
    String locale =
        Stream.of("LC_ALL", "LC_CTYPE", "LANG")
            .map(name -> environment.getOrDefault(name, ""))
            .filter(value -> !value.isEmpty())
            .findFirst()
            .orElse("C");
    return UTF_8.matcher(locale).find() ? CharacterSet.UNICODE : CharacterSet.ASCII;
  }

  private static Kind kind(Path descriptor, Map<String, String> environment) {
    try {
      if (!HostPaths.isTerminal(Files.readSymbolicLink(descriptor))) {
        return Kind.FILE;
      }
    } catch (IOException unknown) {
      return Kind.FILE;
    }
    String type = environment.getOrDefault("TERM", "dumb");
    if (type.isEmpty() || type.equals("dumb")) {
      return Kind.DUMB;
    }
    // https://no-color.org
    return environment.getOrDefault("NO_COLOR", "").isEmpty() ? Kind.COLOURED : Kind.MONOCHROME;
  }

  /** Whether a line can be written over. */
  public boolean canOverwrite() {
    return kind == Kind.MONOCHROME || kind == Kind.COLOURED;
  }

  /** Prints an empty line. */
  public void line() {
    out.println();
  }

  /** Prints text from the left edge. */
  public void line(String text) {
    paragraph("", 0, text);
  }

  /** Prints text with an indentation. */
  public void indented(int columns, String text) {
    paragraph(" ".repeat(columns), columns, text);
  }

  /**
   * Prints text beside what begins its first line.
   *
   * @param beginning from {@link #cell}, or blanks
   * @param columns how many columns that takes, on each line
   */
  public void paragraph(String beginning, int columns, String text) {
    String before = beginning;
    for (String line : wrap(printable(text), width - columns)) {
      out.println((before + line).stripTrailing());
      before = " ".repeat(columns);
    }
  }

  /** Text in a colour, padded with blanks to a width. */
  public String cell(Colour colour, String text, int columns) {
    String shown = printable(text);
    String fill = " ".repeat(Math.max(0, columns - shown.length()));
    return kind == Kind.COLOURED && colour != Colour.NONE && !shown.isEmpty()
        ? ESCAPE + colour.code + "m" + shown + ESCAPE + "0m" + fill
        : shown + fill;
  }

  /** Prints cells, with a gap between each two. */
  public void row(String gap, List<String> cells) {
    out.println(String.join(gap, cells).stripTrailing());
  }

  /**
   * Writes lines over others, the last of which the cursor is in.
   *
   * @param before how many those are
   */
  public void overwrite(List<String> lines, int before) {
    String text =
        lines.stream().map(Terminal::printable).collect(Collectors.joining(ESCAPE + "K\r\n"));
    // Without DECAWM, what is longer than the terminal is wide does not go on in the next line.
    out.print(first(before) + ESCAPE + "?7l" + text + ESCAPE + "J" + ESCAPE + "?7h");
    out.flush();
  }

  /** Empties lines, the last of which the cursor is in. */
  public void erase(int lines) {
    out.print(first(lines) + ESCAPE + "J");
    out.flush();
  }

  /** To the beginning of the first of these lines. */
  private static String first(int lines) {
    return "\r" + (lines > 1 ? ESCAPE + (lines - 1) + "A" : "");
  }

  /** Empties the whole terminal. */
  public void clear() {
    out.print(ESCAPE + "H" + ESCAPE + "2J");
  }

  /** The text on one line, without anything that a terminal obeys. */
  public static String printable(String text) {
    return TextSanitizer.line(text);
  }

  /** At blanks only: a path that is longer than the line stays whole, to be copied. */
  private List<String> wrap(String text, int room) {
    if (kind == Kind.FILE || text.length() <= room) {
      return List.of(text);
    }
    List<String> lines = new ArrayList<>();
    var line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > room) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
