package org.kmodkeeper.systemd;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;

/**
 * Writes lines to stderr, each with the priority in front that the journal takes from there: {@code
 * <4>text} (sd-daemon(3)).
 */
final class StderrAppender extends AppenderBase<ILoggingEvent> {
  static final String NAME = "stderr";

  private volatile boolean withPriorities = true;

  @Override
  protected void append(ILoggingEvent event) {
    if (withPriorities) {
      System.err.print(text(event));
    } else {
      JournalEntry.of(event).lines().forEach(System.err::println);
    }
  }

  void omitPriorities() {
    withPriorities = false;
  }

  static String text(ILoggingEvent event) {
    JournalEntry entry = JournalEntry.of(event);
    var text = new StringBuilder();
    for (String line : entry.lines()) {
      text.append('<').append(entry.priority()).append('>').append(line).append('\n');
    }
    return text.toString();
  }
}
