package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.kmodkeeper.varlink.TestServer.PATIENCE;
import static org.kmodkeeper.varlink.TestServer.number;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class LimitsTest {
  private static final Duration SHORT = Duration.ofMillis(150);

  private final Path directory;

  LimitsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** The only connection is taken until the server lets go of it, and the kernel does not tell. */
  private static JsonObject servedAtLast(TestServer server) throws IOException, VarlinkException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (VarlinkClient next = server.client()) {
        return next.call("org.example.Echo", number(1), PATIENCE);
      } catch (IOException | VarlinkException turnedAway) {
        if (System.nanoTime() > deadline) {
          throw turnedAway;
        }
        Thread.onSpinWait();
      }
    }
  }

  private static List<RawCaller> connect(TestServer server, int count) throws IOException {
    List<RawCaller> callers = new ArrayList<>();
    for (int each = 0; each < count; each++) {
      callers.add(server.caller());
    }
    return callers;
  }

  private static JsonObject ask(RawCaller caller) throws IOException {
    try {
      caller.send("{\"method\":\"org.example.Echo\"}");
    } catch (IOException turnedAway) {
      assertThat(turnedAway).hasMessageContaining("Broken pipe");
    }
    return caller.receive();
  }

  private static void close(List<RawCaller> callers) throws IOException {
    for (RawCaller caller : callers) {
      caller.close();
    }
  }

  /** Sends a byte again and again, each well within the time that a silent caller has. */
  private record Drops(RawCaller caller) {
    Duration untilRefused() {
      long start = System.nanoTime();
      long deadline = start + PATIENCE.toNanos();
      try {
        while (System.nanoTime() < deadline) {
          caller.sendBytes(new byte[] {'x'});
          LockSupport.parkNanos(1_000_000);
        }
      } catch (IOException refused) {
        return Duration.ofNanos(System.nanoTime() - start);
      }
      return PATIENCE;
    }
  }

  @Nested
  class Users {
    @Test
    void serves_each_of_200_callers_at_once_or_names_the_limit() throws IOException {
      try (TestServer server =
          TestServer.start(directory, new Limits(4096, 4096, 64, 64, 0, PATIENCE))) {
        List<RawCaller> callers = connect(server, 200);
        List<JsonObject> answers = new ArrayList<>();
        for (RawCaller caller : callers) {
          answers.add(ask(caller));
        }

        assertThat(answers.stream().filter(answer -> !answer.has("error"))).hasSize(64);
        assertThat(answers.stream().filter(answer -> answer.has("error")))
            .hasSize(136)
            .allSatisfy(
                answer ->
                    assertThat(answer)
                        .hasToString(
                            "{\"error\":\"org.example.TooManyConnections\","
                                + "\"parameters\":{\"limit\":64}}"));
        close(callers);
      }
    }

    @Test
    void lets_no_user_lock_out_others_and_not_all_of_them_root() throws IOException {
      assumeTrue(UserCrowd.canBeMade(directory), "only root can connect as others");
      try (TestServer server =
              TestServer.start(directory, new Limits(4096, 4096, 7, 3, 2, PATIENCE));
          UserCrowd first = UserCrowd.connect(server.socket, 54321, 5);
          UserCrowd second = UserCrowd.connect(server.socket, 54322, 5);
          UserCrowd third = UserCrowd.connect(server.socket, 54323, 2)) {
        assertThat(first.served).isEqualTo(3);
        assertThat(first.limits).containsExactly(3, 3);
        assertThat(second.served).isEqualTo(2);
        assertThat(second.limits).containsExactly(5, 5, 5);
        assertThat(third.served).isZero();

        List<RawCaller> root = connect(server, 3);
        assertThat(ask(root.get(0)).has("error")).isFalse();
        assertThat(ask(root.get(1)).has("error")).isFalse();
        assertThat(ask(root.get(2)))
            .hasToString(
                "{\"error\":\"org.example.TooManyConnections\",\"parameters\":{\"limit\":7}}");
        close(root);
      }
    }

    @Test
    void gives_root_every_connection() throws IOException {
      assumeTrue(UserCrowd.canBeMade(directory), "this is not root");
      try (TestServer server =
          TestServer.start(directory, new Limits(4096, 4096, 5, 2, 2, PATIENCE))) {
        List<RawCaller> callers = connect(server, 5);
        for (RawCaller caller : callers) {
          assertThat(ask(caller).has("error")).isFalse();
        }
        close(callers);
      }
    }

    @Test
    void allows_shorter_messages_to_those_not_trusted() throws IOException {
      String call = "{\"method\":\"org.example.Echo\",\"parameters\":{\"text\":\"%s\"}}";
      var limits = new Limits(4096, 1024, 2, 2, 0, PATIENCE);
      try (TestServer server = TestServer.wary(directory, limits);
          RawCaller brief = server.caller();
          RawCaller wordy = server.caller()) {
        assertThat(brief.send(call.formatted("x".repeat(900))).receive().has("error")).isFalse();

        assertThat(wordy.send(call.formatted("x".repeat(1000))).receive().toString())
            .contains("longer than 1024 bytes");
        assertThat(wordy.isClosed()).isTrue();
      }
    }

    @Test
    void serves_others_when_callers_have_gone() throws IOException, VarlinkException {
      try (TestServer server =
          TestServer.start(directory, new Limits(4096, 4096, 2, 2, 0, SHORT))) {
        List<RawCaller> silent = connect(server, 2);
        for (RawCaller caller : silent) {
          assertThat(caller.isClosed()).isTrue();
        }

        try (VarlinkClient next = server.client()) {
          assertThat(next.call("org.example.Echo", number(1), PATIENCE)).isEqualTo(number(1));
        }
        close(silent);
      }
    }
  }

  @Nested
  class IdleCallers {
    @Test
    void disconnects_a_silent_caller() throws IOException {
      try (TestServer server = TestServer.start(directory, new Limits(4096, 4096, 2, 2, 0, SHORT));
          RawCaller caller = server.caller()) {
        long start = System.nanoTime();

        assertThat(caller.isClosed()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(SHORT.dividedBy(2));
      }
    }

    @Test
    void disconnects_the_caller_of_a_half_sent_message() throws IOException {
      try (TestServer server = TestServer.start(directory, new Limits(4096, 4096, 2, 2, 0, SHORT));
          RawCaller caller = server.caller()) {
        caller.sendBytes(new byte[] {'{'});

        assertThat(caller.isClosed()).isTrue();
      }
    }

    @Test
    void disconnects_the_caller_of_a_message_that_drips() throws IOException {
      try (TestServer server =
              TestServer.start(directory, new Limits(1 << 20, 1 << 20, 2, 2, 0, SHORT));
          RawCaller caller = server.caller()) {
        var drops = new Drops(caller);

        assertThat(drops.untilRefused()).isLessThan(PATIENCE);
      }
    }

    @Test
    void disconnects_a_caller_that_never_reads() throws IOException, VarlinkException {
      try (TestServer server = TestServer.start(directory, new Limits(4096, 4096, 1, 1, 0, SHORT));
          RawCaller deaf = server.caller()) {
        deaf.send("{\"method\":\"org.example.Flood\",\"more\":true}");

        assertThat(servedAtLast(server)).isEqualTo(number(1));
      }
    }
  }
}
