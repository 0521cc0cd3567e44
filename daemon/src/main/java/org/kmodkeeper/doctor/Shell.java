package org.kmodkeeper.doctor;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** Words of commands that someone copies into a shell. */
final class Shell {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/._+~-]+");

  private Shell() {}

  /** The path as one word of a shell's, in quotes only where it needs them. */
  static String word(Path path) {
    String text = path.toString();
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
