package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AdoptedSocketTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Path socket;
  private final UnixServerSocketChannel passed = UnixServerSocketChannel.open();
  private final CountDownLatch called = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);

  AdoptedSocketTest(@TempDir Path directory) throws IOException {
    socket = directory.resolve("socket");
    passed.socket().bind(new UnixSocketAddress(socket.toFile()));
    // As systemd passes its sockets.
    passed.configureBlocking(false);
  }

  private VarlinkServer serve(String name) throws IOException {
    Handler slow =
        (call, replies) -> {
          called.countDown();
          answer.await();
          return new JsonObject();
        };
    var described =
        new Interface(
            "org.example",
            "interface org.example\nmethod Who() -> (name: string)\nmethod Slow() -> ()",
            Map.of("Who", (call, replies) -> name(name), "Slow", slow));
    VarlinkServer server =
        VarlinkServer.open(
            OptionalInt.of(passed.getFD()),
            Path.of("unused"),
            Limits.STANDARD,
            new ServiceInfo("vendor", "product", "1", "url"),
            List.of(described));
    server.start();
    return server;
  }

  private static JsonObject name(String name) {
    var answer = new JsonObject();
    answer.addProperty("name", name);
    return answer;
  }

  @Test
  void answers_a_call_between_two_servers_by_the_second() throws Exception {
    VarlinkServer first = serve("first");
    try (VarlinkClient client = VarlinkClient.connect(socket)) {
      assertThat(client.call("org.example.Who", new JsonObject(), LIMIT)).isEqualTo(name("first"));
    }
    first.close();

    try (VarlinkClient client = VarlinkClient.connect(socket)) {
      VarlinkServer second = serve("second");

      assertThat(client.call("org.example.Who", new JsonObject(), LIMIT)).isEqualTo(name("second"));
      second.close();
    }
  }

  @Test
  void answers_a_call_in_progress_before_the_server_closes() throws Exception {
    VarlinkServer server = serve("only");
    try (VarlinkClient client = VarlinkClient.connect(socket)) {
      client.callMore("org.example.Slow", new JsonObject());
      called.await();
      var closing = new Thread(() -> close(server));
      closing.start();
      answer.countDown();

      assertThat(client.receive(LIMIT)).isEqualTo(new JsonObject());
      closing.join();
    }
  }

  private static void close(VarlinkServer server) {
    try {
      server.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void refuses_a_descriptor_that_was_not_passed() {
    assertThatThrownBy(
            () ->
                VarlinkServer.open(
                    OptionalInt.of(999),
                    Path.of("unused"),
                    Limits.STANDARD,
                    new ServiceInfo("v", "p", "1", "u"),
                    List.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("999");
  }
}
