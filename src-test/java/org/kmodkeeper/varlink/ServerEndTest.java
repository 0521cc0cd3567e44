package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kmodkeeper.varlink.TestServer.PATIENCE;
import static org.kmodkeeper.varlink.TestServer.number;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class ServerEndTest {
  private final Path directory;
  private final Set<Thread> before = Thread.getAllStackTraces().keySet();
  private final TestServer server;

  ServerEndTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.server = TestServer.start(directory);
  }

  @Test
  void removes_its_socket_when_closed() throws IOException {
    server.close();

    assertThat(server.socket).doesNotExist();
    assertThatThrownBy(server::client).isInstanceOf(IOException.class);
  }

  @Test
  void ends_a_connection_that_waits_when_closed() throws IOException {
    try (RawCaller caller = server.caller()) {
      caller.send("{\"method\":\"org.example.Echo\"}").receive();

      server.close();

      assertThat(caller.isClosed()).isTrue();
    }
  }

  @Test
  void ends_a_stream_when_closed() throws IOException {
    try (RawCaller caller = server.caller()) {
      caller.send("{\"method\":\"org.example.Forever\",\"more\":true}").receive();

      server.close();

      assertThat(caller.isClosed()).isTrue();
    }
  }

  @Test
  void ends_its_threads_when_closed() throws IOException, InterruptedException {
    try (RawCaller caller = server.caller()) {
      caller.send("{\"method\":\"org.example.Echo\"}").receive();
      var threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().startsWith("varlink") && !before.contains(thread))
              .toList();

      server.close();

      assertThat(threads).isNotEmpty();
      for (Thread thread : threads) {
        thread.join(TimeUnit.SECONDS.toMillis(5));
        assertThat(thread.isAlive())
            .as(thread.getName() + List.of(thread.getStackTrace()))
            .isFalse();
      }
    }
  }

  @Test
  void replaces_a_socket_that_a_dead_server_left_behind() throws IOException, VarlinkException {
    server.close();
    Files.createFile(server.socket);

    try (TestServer next = TestServer.start(directory);
        VarlinkClient client = next.client()) {
      assertThat(client.call("org.example.Echo", number(1), PATIENCE)).isEqualTo(number(1));
    }
  }
}
