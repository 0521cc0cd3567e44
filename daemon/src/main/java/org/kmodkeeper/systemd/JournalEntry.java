package org.kmodkeeper.systemd;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.text.TextSanitizer;
import org.slf4j.event.KeyValuePair;

/**
 * A logged event as the journal takes it.
 *
 * <p>Text from tools and callers may hold anything. In the lines, what a terminal or a reader could
 * take for something else is escaped, so that no line can be forged.
 *
 * @param priority as syslog(3) numbers it
 * @param lines the message; more than one only with the {@link #QUOTED output of a tool} or a stack
 * @param fields what else there is to say, under the names of journal fields
 */
record JournalEntry(int priority, List<String> lines, Map<String, String> fields) {
  /** The one field that is not kept apart: its lines follow the message, marked as a quotation. */
  static final String QUOTED = "QUOTED";

  /** Longer than any line worth reading. */
  private static final int MAX_LINE_LENGTH = 2000;

  private static final int MAX_LINES = 100;

  /** systemd.journal-fields(7): what begins with an underscore is journald's own. */
  private static final Pattern FIELD = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

  static JournalEntry of(ILoggingEvent event) {
    List<String> lines = new ArrayList<>();
    Map<String, String> fields = new LinkedHashMap<>();
    lines.add(TextSanitizer.line(event.getFormattedMessage(), MAX_LINE_LENGTH));
    @Nullable List<KeyValuePair> pairs = event.getKeyValuePairs();
    for (KeyValuePair pair : pairs == null ? List.<KeyValuePair>of() : pairs) {
      String value = String.valueOf(pair.value);
      if (pair.key.equals(QUOTED)) {
        value.lines().forEach(line -> lines.add("| " + TextSanitizer.line(line, MAX_LINE_LENGTH)));
      } else if (FIELD.matcher(pair.key).matches()) {
        fields.put(pair.key, value);
      }
    }
    @Nullable IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      ThrowableProxyUtil.asString(thrown)
          .lines()
          .map(line -> TextSanitizer.line(line, MAX_LINE_LENGTH))
          .forEach(lines::add);
    }
    int count = Math.min(lines.size(), MAX_LINES);
    return new JournalEntry(priority(event.getLevel()), lines.subList(0, count), fields);
  }

  private static int priority(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> 3;
      case Level.WARN_INT -> 4;
      case Level.INFO_INT -> 6;
      default -> 7;
    };
  }
}
