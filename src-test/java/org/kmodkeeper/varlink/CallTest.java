package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.kmodkeeper.varlink.TestServer.PATIENCE;
import static org.kmodkeeper.varlink.TestServer.number;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class CallTest {
  private final TestServer server;

  CallTest(@TempDir Path directory) throws IOException {
    server = TestServer.start(directory);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private static String echo(int number) {
    return "{\"method\":\"org.example.Echo\",\"parameters\":" + number(number) + "}";
  }

  private static void assertRefused(
      VarlinkClient client, String method, String error, String parameters) {
    assertThatThrownBy(() -> client.call(method, new JsonObject(), PATIENCE))
        .asInstanceOf(type(VarlinkException.class))
        .satisfies(
            refusal -> {
              assertThat(refusal.error()).isEqualTo("org.varlink.service." + error);
              assertThat(refusal.parameters()).hasToString(parameters);
            });
  }

  @Nested
  class Answers {
    @Test
    void answers_a_call() throws IOException, VarlinkException {
      try (VarlinkClient client = server.client()) {
        JsonObject answer = client.call("org.example.Echo", number(7), PATIENCE);

        assertThat(answer).isEqualTo(number(7));
      }
    }

    @Test
    void serves_one_call_after_the_other_on_one_connection() throws IOException, VarlinkException {
      try (VarlinkClient client = server.client()) {
        client.call("org.example.Echo", number(1), PATIENCE);

        JsonObject second = client.call("org.example.Echo", number(2), PATIENCE);

        assertThat(second).isEqualTo(number(2));
      }
    }

    @Test
    void answers_calls_sent_at_once_in_their_order() throws IOException {
      try (RawCaller caller = server.caller()) {
        caller.send(echo(1) + "\0" + echo(2));

        assertThat(caller.receive().get("parameters")).isEqualTo(number(1));
        assertThat(caller.receive().get("parameters")).isEqualTo(number(2));
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"parameters\":null"})
    void accepts_a_call_without_parameters(String parameters) throws IOException {
      try (RawCaller caller = server.caller()) {
        caller.send("{\"method\":\"org.example.Echo\"" + parameters + "}");

        assertThat(caller.receive().get("parameters")).isEqualTo(new JsonObject());
      }
    }

    @Test
    void drops_a_parameter_that_the_method_does_not_have() throws IOException {
      try (RawCaller caller = server.caller()) {
        caller.send(
            "{\"method\":\"org.example.Echo\",\"parameters\":{\"none\":[0,0],\"number\":7}}");

        assertThat(caller.receive().get("parameters")).isEqualTo(number(7));
      }
    }

    @Test
    void accepts_a_message_in_pieces() throws IOException {
      try (RawCaller caller = server.caller()) {
        String message = echo(1) + "\0";
        caller.sendBytes(message.substring(0, 10).getBytes(StandardCharsets.UTF_8));
        caller.sendBytes(message.substring(10).getBytes(StandardCharsets.UTF_8));

        assertThat(caller.receive().get("parameters")).isEqualTo(number(1));
      }
    }

    @Test
    void returns_text_outside_of_ASCII_as_it_was() throws IOException, VarlinkException {
      var parameters = new JsonObject();
      parameters.addProperty("text", "Ünï©ödé <\0> 𝄞");

      try (VarlinkClient client = server.client()) {
        assertThat(client.call("org.example.Echo", parameters, PATIENCE)).isEqualTo(parameters);
      }
    }

    @Test
    void passes_on_who_calls() throws IOException, VarlinkException {
      try (VarlinkClient client = server.client()) {
        JsonObject who = client.call("org.example.Who", new JsonObject(), PATIENCE);

        assertThat(who.get("pid").getAsLong()).isEqualTo(ProcessHandle.current().pid());
        assertThat(who.get("uid").getAsInt())
            .isEqualTo(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
      }
    }

    @Test
    void lets_everyone_on_the_host_connect() throws IOException {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(server.socket)))
          .isEqualTo("rw-rw-rw-");
    }
  }

  @Nested
  class Oneway {
    @Test
    void serves_a_oneway_call_without_an_answer() throws IOException, InterruptedException {
      try (RawCaller caller = server.caller()) {
        caller.send("{\"method\":\"org.example.Mark\",\"oneway\":true}").send(echo(5));

        assertThat(caller.receive().get("parameters")).isEqualTo(number(5));
        server.marked.await();
      }
    }

    @Test
    void never_answers_a_oneway_call_even_with_an_error() throws IOException {
      try (RawCaller caller = server.caller()) {
        caller.send("{\"method\":\"org.example.None\",\"oneway\":true}").send(echo(5));

        assertThat(caller.receive().get("parameters")).isEqualTo(number(5));
      }
    }
  }

  @Nested
  class Errors {
    @Test
    void names_an_unknown_method_in_the_error() throws IOException {
      try (VarlinkClient client = server.client()) {
        assertRefused(
            client, "org.example.None", "MethodNotFound", "{\"method\":\"org.example.None\"}");
      }
    }

    @Test
    void names_an_unknown_interface_in_the_error() throws IOException {
      try (VarlinkClient client = server.client()) {
        assertRefused(
            client, "org.other.Echo", "InterfaceNotFound", "{\"interface\":\"org.other\"}");
      }
    }

    @Test
    void calls_a_method_without_an_interface_unknown() throws IOException {
      try (VarlinkClient client = server.client()) {
        assertRefused(client, "Echo", "MethodNotFound", "{\"method\":\"Echo\"}");
      }
    }

    @Test
    void leaves_the_connection_open_after_an_error() throws IOException, VarlinkException {
      try (VarlinkClient client = server.client()) {
        assertThatThrownBy(() -> client.call("org.example.None", new JsonObject(), PATIENCE))
            .isInstanceOf(VarlinkException.class);

        assertThat(client.call("org.example.Echo", number(1), PATIENCE)).isEqualTo(number(1));
      }
    }

    @Test
    void ends_only_its_own_connection_by_a_bug_in_a_handler() throws IOException, VarlinkException {
      try (RawCaller unlucky = server.caller();
          VarlinkClient next = server.client()) {
        unlucky.send("{\"method\":\"org.example.Fail\"}");

        assertThat(unlucky.isClosed()).isTrue();
        assertThat(next.call("org.example.Echo", number(1), PATIENCE)).isEqualTo(number(1));
      }
    }

    @Test
    void ends_only_the_connection_of_a_call_that_exhausts_memory() throws Exception {
      BlockingQueue<Throwable> ends = new LinkedBlockingQueue<>();
      Thread.@Nullable UncaughtExceptionHandler usual = Thread.getDefaultUncaughtExceptionHandler();
      // The daemon ends with any thread that an exception ends.
      Thread.setDefaultUncaughtExceptionHandler((thread, problem) -> ends.add(problem));
      try (RawCaller greedy = server.caller();
          VarlinkClient next = server.client()) {
        greedy.send("{\"method\":\"org.example.Exhaust\"}");

        assertThat(greedy.isClosed()).isTrue();
        assertThat(next.call("org.example.Echo", number(1), PATIENCE)).isEqualTo(number(1));
        server.close();
        assertThat(ends).isEmpty();
      } finally {
        Thread.setDefaultUncaughtExceptionHandler(usual);
      }
    }
  }
}
