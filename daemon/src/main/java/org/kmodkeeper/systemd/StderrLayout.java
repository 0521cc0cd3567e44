package org.kmodkeeper.systemd;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import org.jspecify.annotations.Nullable;

/**
 * One line for each event, with the priority in front that the journal takes from stderr: {@code
 * <4>text} (sd-daemon(3)).
 *
 * <p>Text from tools and callers may hold anything: control characters become blanks, so that no
 * line can be forged.
 */
final class StderrLayout extends LayoutBase<ILoggingEvent> {
  @Override
  public String doLayout(ILoggingEvent event) {
    var lines = new StringBuilder();
    String priority = "<" + priority(event.getLevel()) + ">";
    lines.append(priority).append(printable(event.getFormattedMessage())).append('\n');
    @Nullable IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      ThrowableProxyUtil.asString(thrown)
          .lines()
          .forEach(line -> lines.append(priority).append(printable(line)).append('\n'));
    }
    return lines.toString();
  }

  private static int priority(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> 3;
      case Level.WARN_INT -> 4;
      case Level.INFO_INT -> 6;
      default -> 7;
    };
  }

  private static String printable(String text) {
    var line = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString();
  }
}
