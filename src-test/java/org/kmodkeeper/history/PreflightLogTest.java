package org.kmodkeeper.history;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.PreflightAnswer;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PreflightLogTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Logger log = (Logger) LoggerFactory.getLogger("org.kmodkeeper");
  private final ListAppender<ILoggingEvent> events = new ListAppender<>();

  private final HostFixture host;

  PreflightLogTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
  }

  @BeforeEach
  void listen() {
    events.start();
    log.addAppender(events);
  }

  @AfterEach
  void stop() {
    log.detachAppender(events);
  }

  private ILoggingEvent record(Verdict verdict) throws Exception {
    var file = new PreflightFile(host.paths());
    var answer =
        new PreflightAnswer(
            NOW, "6.1.0-2", "nic", "1.2", true, "digest", Depth.BUILD, verdict, "why", null);
    file.write(List.of(answer), null, NOW);
    new PreflightLog(file, HistoryFile.open(host.paths().history())).record();
    return events.list.get(events.list.size() - 1);
  }

  private static List<String> fields(ILoggingEvent event) {
    return event.getKeyValuePairs().stream().map((KeyValuePair pair) -> pair.key).toList();
  }

  @Test
  void warns_of_a_driver_that_cannot_be_made_ready() throws Exception {
    ILoggingEvent event = record(Verdict.BUILD_FAILED);

    assertThat(event.getLevel()).isEqualTo(Level.WARN);
    assertThat(fields(event)).contains("MESSAGE_ID", "VERDICT");
  }

  @Test
  void does_not_warn_of_what_is_not_known() throws Exception {
    ILoggingEvent event = record(Verdict.UNKNOWN);

    assertThat(event.getLevel()).isEqualTo(Level.INFO);
    assertThat(event.getFormattedMessage())
        .isEqualTo("offered kernel 6.1.0-2: driver nic 1.2: verdict unknown: why");
    assertThat(fields(event)).contains("VERDICT").doesNotContain("MESSAGE_ID");
  }
}
