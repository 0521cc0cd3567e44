package org.kmodkeeper.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class StderrAppenderTest {
  private final LoggerContext context = new LoggerContext();

  @ParameterizedTest
  @CsvSource({"ERROR, <3>", "WARN, <4>", "INFO, <6>", "DEBUG, <7>", "TRACE, <7>"})
  void begins_a_line_with_the_priority_that_the_journal_reads(String level, String priority) {
    assertThat(line(Level.toLevel(level), "text", null)).isEqualTo(priority + "text\n");
  }

  @Test
  void writes_a_message_in_one_line_whatever_it_holds() {
    String line = line(Level.INFO, "a\nb\r\tc\0d\u001b[31me\u0085f\u2028g\u2029h", null);

    assertThat(line).isEqualTo("<6>a\\x0ab\\x0d c\\x00d\\x1b[31me\\x85f\\u2028g\\u2029h\n");
  }

  @Test
  void keeps_a_forged_priority_inside_its_line() {
    assertThat(line(Level.INFO, "driver \n<0>all is lost", null))
        .isEqualTo("<6>driver \\x0a<0>all is lost\n");
  }

  @Test
  void makes_arguments_printable_too() {
    assertThat(line(Level.INFO, "driver {}", null, "a\nb")).isEqualTo("<6>driver a\\x0ab\n");
  }

  @Test
  void keeps_letters_of_all_scripts() {
    assertThat(line(Level.INFO, "Grüße 𝄞", null)).isEqualTo("<6>Grüße 𝄞\n");
  }

  @Test
  void begins_every_line_of_a_stack_trace_with_the_priority() {
    String text = line(Level.ERROR, "failed", new IllegalStateException("why\nnot"));

    assertThat(text.lines())
        .hasSizeGreaterThan(3)
        .allMatch(line -> line.startsWith("<3>"))
        .contains("<3>java.lang.IllegalStateException: why")
        .anyMatch(line -> line.contains("StderrAppenderTest"));
  }

  @Test
  void omits_priorities_where_people_read() {
    PrintStream before = System.err;
    var printed = new ByteArrayOutputStream();
    var appender = new StderrAppender();
    appender.omitPriorities();
    System.setErr(new PrintStream(printed, true, UTF_8));
    try {
      appender.append(
          new LoggingEvent("caller", context.getLogger("test"), Level.WARN, "text", null, null));
    } finally {
      System.setErr(before);
    }

    assertThat(printed.toString(UTF_8)).isEqualTo("text\n");
  }

  private String line(
      Level level, String message, @Nullable Throwable thrown, Object... arguments) {
    var logger = context.getLogger("test");
    return StderrAppender.text(
        new LoggingEvent("caller", logger, level, message, thrown, arguments));
  }
}
