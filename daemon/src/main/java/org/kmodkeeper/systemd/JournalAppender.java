package org.kmodkeeper.systemd;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Writes to the journal in its native protocol, so that each value keeps its own field
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).
 *
 * <p>What the journal does not take, for example while its socket is missing, goes to stderr.
 */
public final class JournalAppender extends AppenderBase<ILoggingEvent> {
  /** An entry is one datagram; one that fits into the send buffer is never refused for its size. */
  private static final int SEND_BUFFER = 256 * 1024;

  private static final int MAX_VALUE_LENGTH = 8 * 1024;
  private static final int MAX_MESSAGE_LENGTH = 64 * 1024;

  /** A journal that hangs must not hang us. */
  private static final int SEND_TIMEOUT_MILLISECONDS = 1000;

  private final UnixSocketAddress socket;
  private final String identifier;
  private final List<Appender<ILoggingEvent>> stderr;
  private @Nullable UnixDatagramChannel channel;

  private JournalAppender(
      Path socket, String identifier, List<Appender<ILoggingEvent>> stderr, LoggerContext context) {
    this.socket = new UnixSocketAddress(socket.toFile());
    this.identifier = identifier;
    this.stderr = List.copyOf(stderr);
    setContext(context);
    setName("journal");
  }

  /**
   * From now on all that is logged goes to the journal; what went before it takes over as fallback.
   *
   * @param identifier SYSLOG_IDENTIFIER: the program's name
   */
  public static void attach(Path socket, String identifier) {
    attach((LoggerContext) LoggerFactory.getILoggerFactory(), socket, identifier);
  }

  static void attach(LoggerContext context, Path socket, String identifier) {
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    List<Appender<ILoggingEvent>> before = new ArrayList<>();
    root.iteratorForAppenders().forEachRemaining(before::add);
    var journal = new JournalAppender(socket, identifier, before, context);
    journal.start();
    before.forEach(root::detachAppender);
    root.addAppender(journal);
  }

  @Override
  protected void append(ILoggingEvent event) {
    try {
      channel().send(ByteBuffer.wrap(encode(JournalEntry.of(event), identifier)), socket);
    } catch (IOException unheard) {
      stderr.forEach(appender -> appender.doAppend(event));
    }
  }

  /** Opened for the first entry: its options take a tenth of the start-up, which logs nothing. */
  private UnixDatagramChannel channel() throws IOException {
    UnixDatagramChannel open = channel;
    if (open == null) {
      open = UnixDatagramChannel.open();
      open.setOption(UnixSocketOptions.SO_SNDBUF, SEND_BUFFER);
      open.setOption(UnixSocketOptions.SO_SNDTIMEO, SEND_TIMEOUT_MILLISECONDS);
      channel = open;
    }
    return open;
  }

  /** One entry: {@code FIELD=value} lines, or with a newline in the value its length before it. */
  static byte[] encode(JournalEntry entry, String identifier) {
    var bytes = new ByteArrayOutputStream();
    put(bytes, "MESSAGE", String.join("\n", entry.lines()), MAX_MESSAGE_LENGTH);
    put(bytes, "PRIORITY", Integer.toString(entry.priority()), MAX_VALUE_LENGTH);
    put(bytes, "SYSLOG_IDENTIFIER", identifier, MAX_VALUE_LENGTH);
    entry.fields().forEach((field, value) -> put(bytes, field, value, MAX_VALUE_LENGTH));
    return bytes.toByteArray();
  }

  private static void put(ByteArrayOutputStream bytes, String field, String value, int longest) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, longest);
    bytes.writeBytes(field.getBytes(StandardCharsets.US_ASCII));
    if (value.indexOf('\n') < 0) {
      bytes.write('=');
    } else {
      bytes.write('\n');
      bytes.writeBytes(ByteBuffer.allocate(8).order(LITTLE_ENDIAN).putLong(length).array());
    }
    bytes.write(text, 0, length);
    bytes.write('\n');
  }
}
