package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.gson.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** On a real socket; what the server calls a bug of its own is one. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ConnectionFuzzTest {
  private static final Limits LIMITS = new Limits(4096, 4096, 4, 4, 0, Duration.ofSeconds(10));
  private static final ListAppender<ILoggingEvent> EVENTS = new ListAppender<>();

  private static Path socket;
  private static VarlinkServer server;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    Logger log = (Logger) LoggerFactory.getLogger("org.kmodkeeper.varlink");
    log.setLevel(Level.ERROR);
    log.addAppender(EVENTS);
    EVENTS.start();
    socket = directory.resolve("org.example");
    server =
        VarlinkServer.open(
            OptionalInt.empty(),
            socket,
            LIMITS,
            new ServiceInfo("vendor", "product", "1.2", "https://example.org"),
            List.of(
                new Interface(
                    "org.example",
                    TestServer.DESCRIPTION,
                    Map.of("Echo", (call, replies) -> call.parameters()))));
    server.start();
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
    ((Logger) LoggerFactory.getLogger("org.kmodkeeper.varlink")).detachAppender(EVENTS);
  }

  @FuzzTest
  void gives_whole_answers_whatever_a_caller_says(byte[] words) throws IOException {
    List<JsonObject> answers = new ArrayList<>();
    try (RawCaller caller = RawCaller.connect(socket)) {
      caller.sendBytes(words).endOfWords();
      while (true) {
        answers.add(caller.receive());
      }
    } catch (EOFException end) {
      assertThat(answers).allMatch(answer -> answer.has("parameters"));
    }

    assertThat(answers.size()).isLessThanOrEqualTo(1 + messages(words));
    assertThat(EVENTS.list).isEmpty();
  }

  private static int messages(byte[] words) {
    int count = 0;
    for (byte one : words) {
      count += one == 0 ? 1 : 0;
    }
    return count;
  }
}
