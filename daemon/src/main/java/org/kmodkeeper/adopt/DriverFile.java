package org.kmodkeeper.adopt;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of a driver's configuration file; what the operator set there besides stays. */
final class DriverFile {
  private static final Pattern VERSION =
      Pattern.compile("^[ \\t]*version[ \\t]*=.*$", Pattern.MULTILINE);
  private static final Pattern SECTION =
      Pattern.compile("^[ \\t]*\\[driver].*$", Pattern.MULTILINE);

  private DriverFile() {}

  /** The text with that version to keep; without a text, a new one. */
  static String keeping(String text, Identity driver) {
    String line = "version = " + driver.version();
    Matcher version = VERSION.matcher(text);
    if (version.find()) {
      return version.replaceFirst(Matcher.quoteReplacement(line));
    }
    Matcher section = SECTION.matcher(text);
    if (section.find()) {
      return section.replaceFirst(Matcher.quoteReplacement(section.group() + "\n" + line));
    }
    String written =
        text.isEmpty()
            ? "# Written by kmodkeeper adopt; kmodkeeper drop "
                + driver.name()
                + " takes it away.\n"
            : text;
    return written + (written.endsWith("\n") ? "" : "\n") + "[driver]\n" + line + "\n";
  }
}
