package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.varlink.TestServer.PATIENCE;
import static org.kmodkeeper.varlink.TestServer.number;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class StreamingTest {
  private final TestServer server;

  StreamingTest(@TempDir Path directory) throws IOException {
    server = TestServer.start(directory);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void sends_replies_one_by_one_and_marks_the_last_one() throws IOException, VarlinkException {
    try (VarlinkClient client = server.client()) {
      client.callMore("org.example.Count", new JsonObject());

      assertThat(client.receive(PATIENCE)).isEqualTo(number(1));
      assertThat(client.receive(PATIENCE)).isEqualTo(number(2));
      assertThat(client.receive(PATIENCE)).isEqualTo(number(3));
    }
  }

  @Test
  void sends_a_stream_of_whole_varlink_replies() throws IOException {
    try (RawCaller caller = server.caller()) {
      caller.send("{\"method\":\"org.example.Count\",\"more\":true}");

      assertThat(caller.receive())
          .hasToString("{\"parameters\":{\"number\":1},\"continues\":true}");
      assertThat(caller.receive())
          .hasToString("{\"parameters\":{\"number\":2},\"continues\":true}");
      assertThat(caller.receive()).hasToString("{\"parameters\":{\"number\":3}}");
    }
  }

  @Test
  void serves_on_after_a_stream() throws IOException, VarlinkException {
    try (VarlinkClient client = server.client()) {
      client.callMore("org.example.Count", new JsonObject());
      while (!client.receive(PATIENCE).equals(number(3))) {
        // The stream has to be read to its end first.
      }

      assertThat(client.call("org.example.Echo", number(9), PATIENCE)).isEqualTo(number(9));
    }
  }

  @Test
  void ends_a_stream_when_its_caller_goes_away() throws IOException, InterruptedException {
    try (RawCaller caller = server.caller()) {
      caller.send("{\"method\":\"org.example.Forever\",\"more\":true}");
      caller.receive();
    }

    assertThat(server.abandoned.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192, 20000})
  void ends_a_stream_whose_caller_sent_more_before_disconnecting(int bytes)
      throws IOException, InterruptedException {
    try (RawCaller caller = server.caller()) {
      caller.send("{\"method\":\"org.example.Forever\",\"more\":true}");
      caller.receive();
      caller.sendBytes(new byte[bytes]);
    }

    assertThat(server.abandoned.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
  }

  @Test
  void keeps_a_call_that_came_during_a_stream() throws IOException {
    try (RawCaller caller = server.caller()) {
      caller.send(
          "{\"method\":\"org.example.Count\",\"more\":true}\0{\"method\":\"org.example.Who\"}");
      caller.receive();
      caller.receive();
      caller.receive();

      assertThat(caller.receive().get("parameters").getAsJsonObject().has("uid")).isTrue();
    }
  }
}
