package org.kmodkeeper.adopt;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of a driver's configuration file; what the operator set there besides stays. */
final class DriverFile {
  private static final String OURS = "# Written by kmodkeeper adopt";
  private static final Pattern SECTION =
      Pattern.compile("^[ \\t]*\\[driver].*$", Pattern.MULTILINE);

  private DriverFile() {}

  /** The text with that version to keep; without a text, a new one. */
  static String keeping(String text, Identity driver) {
    String written =
        text.isEmpty()
            ? OURS + "; kmodkeeper drop " + driver.name() + " removes it.\n"
            : without(text, "keep");
    return with(written, "version", driver.version());
  }

  /**
   * The text with which the driver is not kept; nothing if the file is an adoption's and may go.
   * Others stay: the next version of a package would bring its file back.
   */
  static Optional<String> dropping(String text) {
    return text.startsWith(OURS)
        ? Optional.empty()
        : Optional.of(with(without(text, "version"), "keep", "no"));
  }

  private static String without(String text, String key) {
    return setting(key, "\\R?").matcher(text).replaceAll("");
  }

  private static String with(String text, String key, String value) {
    String line = key + " = " + value;
    Matcher setting = setting(key, "").matcher(text);
    if (setting.find()) {
      return setting.replaceFirst(Matcher.quoteReplacement(line));
    }
    Matcher section = SECTION.matcher(text);
    if (section.find()) {
      return section.replaceFirst(Matcher.quoteReplacement(section.group() + "\n" + line));
    }
    return text + (text.isEmpty() || text.endsWith("\n") ? "" : "\n") + "[driver]\n" + line + "\n";
  }

  private static Pattern setting(String key, String end) {
    return Pattern.compile("^[ \\t]*" + key + "[ \\t]*=.*$" + end, Pattern.MULTILINE);
  }
}
