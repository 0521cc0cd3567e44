package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.varlink.TestServer.PATIENCE;
import static org.kmodkeeper.varlink.TestServer.number;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each ends with one more, well-formed call: the server must have lived on. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class BadMessageTest {
  private static final int LONGEST = 4096;
  private static final String INVALID = "org.varlink.service.InvalidParameter";

  private final TestServer server;

  BadMessageTest(@TempDir Path directory) throws IOException {
    server = TestServer.start(directory, new Limits(LONGEST, LONGEST, 4, 4, 0, PATIENCE));
  }

  @AfterEach
  void serve_the_next_caller_and_stop() throws IOException, VarlinkException {
    try (server;
        VarlinkClient next = server.client()) {
      assertThat(next.call("org.example.Echo", number(1), PATIENCE)).isEqualTo(number(1));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hello",
        "GET / HTTP/1.1\r\n\r\n",
        "[]",
        "null",
        "7",
        "{",
        "{}",
        "{}{}",
        "{'method':'org.example.Echo'}",
        "{\"method\":7}",
        "{\"method\":null}",
        "{\"method\":[]}",
        "{\"method\":\"org.example.Echo\",\"parameters\":[]}",
      })
  void refuses_what_is_not_a_call_and_ends_the_connection(String message) throws IOException {
    try (RawCaller caller = server.caller()) {
      caller.send(message);

      assertThat(caller.receive())
          .hasToString(
              "{\"error\":\""
                  + INVALID
                  + "\",\"parameters\":{\"parameter\":\"message: not a Varlink call\"}}");
      assertThat(caller.isClosed()).isTrue();
    }
  }

  @Test
  void refuses_bytes_that_are_not_UTF8() throws IOException {
    try (RawCaller caller = server.caller()) {
      caller.sendBytes(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}', 0});

      assertThat(caller.receiveError()).isEqualTo(INVALID);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":"})
  void refuses_endless_nesting(String opening) throws IOException {
    try (RawCaller caller = server.caller()) {
      String deep = opening.repeat((LONGEST - 100) / opening.length());
      caller.send("{\"method\":\"org.example.Echo\",\"parameters\":{\"a\":" + deep);

      assertThat(caller.receiveError()).isEqualTo(INVALID);
    }
  }

  @Test
  void survives_JSON_that_is_deep_but_whole() throws IOException {
    int depth = (LONGEST - 100) / 2;
    try (RawCaller caller = server.caller()) {
      caller.send(
          "{\"method\":\"org.example.Echo\",\"parameters\":{\"a\":"
              + "[".repeat(depth)
              + "]".repeat(depth)
              + "}}");

      assertThat(caller.receiveError()).isEqualTo(INVALID);
    }
  }

  @Test
  void refuses_a_message_past_the_limit_before_it_ends() throws IOException {
    try (RawCaller caller = server.caller()) {
      caller.sendBytes("x".repeat(LONGEST + 1).getBytes(StandardCharsets.UTF_8));

      JsonObject answer = caller.receive();

      assertThat(answer.get("error").getAsString()).isEqualTo(INVALID);
      assertThat(answer.get("parameters").toString()).contains("longer than 4096 bytes");
      assertThat(caller.isClosed()).isTrue();
    }
  }

  @Test
  void serves_a_message_of_exactly_the_limit() throws IOException {
    String begin = "{\"method\":\"org.example.Echo\",\"parameters\":{\"a\":\"";
    String end = "\"}}";
    try (RawCaller caller = server.caller()) {
      caller.send(begin + "x".repeat(LONGEST - begin.length() - end.length()) + end);

      assertThat(caller.receive().has("error")).isFalse();
    }
  }

  @Test
  void drops_a_half_sent_message_when_its_caller_goes() throws IOException {
    try (RawCaller caller = server.caller()) {
      caller.sendBytes(new byte[] {'{', '"', 'm'}).endOfWords();

      assertThat(caller.isClosed()).isTrue();
    }
  }

  @Test
  void counts_flags_of_a_strange_type_as_not_set() throws IOException {
    try (RawCaller caller = server.caller()) {
      caller.send(
          "{\"method\":\"org.example.Echo\",\"oneway\":[1],\"more\":{\"a\":2},\"upgrade\":7}");

      assertThat(caller.receive()).hasToString("{\"parameters\":{}}");
    }
  }
}
