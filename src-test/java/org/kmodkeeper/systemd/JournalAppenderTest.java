package org.kmodkeeper.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class JournalAppenderTest {
  private final LoggerContext context = new LoggerContext();
  private final Logger log = context.getLogger(Logger.ROOT_LOGGER_NAME);
  private final ListAppender<ILoggingEvent> fallback = new ListAppender<>();

  private final Path socket;
  private final UnixDatagramChannel journal = UnixDatagramChannel.open();

  JournalAppenderTest(@TempDir Path directory) throws IOException {
    socket = directory.resolve("journal");
    journal.bind(new UnixSocketAddress(socket.toFile()));
    fallback.start();
    log.addAppender(fallback);
    JournalAppender.attach(context, socket, "kmodkeeperd");
  }

  @AfterEach
  void close() throws IOException {
    journal.close();
  }

  @Test
  void keeps_the_fields_of_an_event() throws IOException {
    MessageId.DRIVER_READY
        .in(log.atWarn())
        .addKeyValue("DRIVER", "ixgbevf")
        .addKeyValue("DURATION_USEC", 17L)
        .log("driver {}", "ixgbevf");

    assertThat(received())
        .isEqualTo(
            Map.of(
                "MESSAGE", "driver ixgbevf",
                "PRIORITY", "4",
                "SYSLOG_IDENTIFIER", "kmodkeeperd",
                "MESSAGE_ID", MessageId.DRIVER_READY.id(),
                "DRIVER", "ixgbevf",
                "DURATION_USEC", "17"));
    assertThat(fallback.list).isEmpty();
  }

  @Test
  void lets_no_value_with_a_newline_forge_a_field() throws IOException {
    log.atInfo().addKeyValue("DRIVER", "a\nPRIORITY=0").log("text");

    assertThat(received()).containsEntry("DRIVER", "a\nPRIORITY=0").containsEntry("PRIORITY", "6");
  }

  @Test
  void writes_a_message_in_one_line_whatever_a_tool_printed() throws IOException {
    log.info("tool said: {}", "a\nPRIORITY=0\u001b[2K\rb\u202Ec\td");

    assertThat(received())
        .containsEntry("MESSAGE", "tool said: a\\x0aPRIORITY=0\\x1b[2K\\x0db\\u202ec d");
  }

  @Test
  void puts_quoted_output_line_by_line_after_the_message() throws IOException {
    log.atWarn().addKeyValue("QUOTED", "first\nkernel X: \u001bforged").log("it failed");

    assertThat(received())
        .containsEntry("MESSAGE", "it failed\n| first\n| kernel X: \\x1bforged")
        .doesNotContainKey("QUOTED");
  }

  @Test
  void omits_names_that_are_not_the_callers_to_give() throws IOException {
    log.atInfo().addKeyValue("_UID", 0).addKeyValue("lower", 1).addKeyValue("A=B", 2).log("text");

    assertThat(received()).containsOnlyKeys("MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER");
  }

  @Test
  void truncates_a_huge_value_and_delivers_the_entry() throws IOException {
    log.atInfo().addKeyValue("DRIVER", "x".repeat(1 << 20)).log("y".repeat(1 << 20));

    Map<String, String> entry = received();
    assertThat(entry.get("DRIVER")).hasSizeBetween(1000, 10_000).matches("x+");
    assertThat(entry.get("MESSAGE")).hasSizeBetween(1000, 70_000).matches("y+…");
  }

  @Test
  void puts_a_stack_below_its_message() throws IOException {
    log.error("a bug", new IllegalStateException("for\nged"));

    assertThat(received().get("MESSAGE"))
        .startsWith("a bug\njava.lang.IllegalStateException: for\nged\n")
        .contains("JournalAppenderTest");
  }

  @Test
  void falls_back_to_where_events_went_before_without_a_journal() throws IOException {
    journal.close();
    Files.delete(socket);

    log.info("text");

    assertThat(fallback.list)
        .extracting(ILoggingEvent::getLevel, ILoggingEvent::getFormattedMessage)
        .containsExactly(tuple(Level.INFO, "text"));
  }

  /** Reads one entry as journald does. */
  private Map<String, String> received() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    journal.receive(bytes);
    bytes.flip();
    Map<String, String> fields = new HashMap<>();
    while (bytes.hasRemaining()) {
      var name = new StringBuilder();
      char c = (char) bytes.get();
      while (c != '=' && c != '\n') {
        name.append(c);
        c = (char) bytes.get();
      }
      String value = c == '=' ? line(bytes) : counted(bytes);
      assertThat(fields.put(name.toString(), value)).as("twice: " + name).isNull();
    }
    return fields;
  }

  private static String line(ByteBuffer bytes) {
    var line = new ByteArrayOutputStream();
    for (byte b = bytes.get(); b != '\n'; b = bytes.get()) {
      line.write(b);
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  private static String counted(ByteBuffer bytes) {
    byte[] value = new byte[Math.toIntExact(bytes.getLong())];
    bytes.get(value);
    assertThat(bytes.get()).isEqualTo((byte) '\n');
    return new String(value, StandardCharsets.UTF_8);
  }
}
