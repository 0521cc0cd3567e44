package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against a service that may answer anything. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class VarlinkClientTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final ServerSocketChannel listener;
  private final VarlinkClient client;
  private final SocketChannel service;

  VarlinkClientTest(@TempDir Path directory) throws IOException {
    Path socket = directory.resolve("socket");
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    client = VarlinkClient.connect(socket);
    service = listener.accept();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    service.close();
    listener.close();
  }

  @Test
  void reads_an_answer_without_parameters_as_an_empty_one() throws IOException, VarlinkException {
    answer("{}\0");

    assertThat(call()).isEqualTo(new JsonObject());
  }

  @Test
  void reads_an_error_without_parameters_as_an_error() throws IOException {
    answer("{\"error\":\"org.example.No\"}\0");

    assertThatThrownBy(this::call)
        .isInstanceOf(VarlinkException.class)
        .hasMessage("org.example.No {}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\0",
        "[]\0",
        "\0",
        "{\"parameters\":7}\0",
        "{\"error\":7}\0",
        "{\"error\":null}\0",
        "{\"error\":{}}\0",
        "{\"continues\":null}\0",
        "{\"continues\":[]}\0"
      })
  void calls_an_answer_that_is_not_varlink_a_broken_connection(String text) throws IOException {
    answer(text);

    assertThatThrownBy(this::call).isInstanceOf(IOException.class).hasMessageContaining("reply");
  }

  @Test
  void gives_up_a_service_that_says_nothing_after_the_limit() {
    assertThatThrownBy(
            () -> client.call("org.example.Echo", new JsonObject(), Duration.ofMillis(50)))
        .isInstanceOf(SocketTimeoutException.class)
        .hasMessage("no answer within 50 ms");
  }

  @Test
  void gives_up_half_an_answer_after_the_limit() throws IOException {
    answer("{\"parameters\"");

    assertThatThrownBy(
            () -> client.call("org.example.Echo", new JsonObject(), Duration.ofMillis(50)))
        .isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void distinguishes_a_service_that_closes_from_a_silent_one() throws IOException {
    service.shutdownOutput();

    assertThatThrownBy(this::call)
        .isInstanceOf(EOFException.class)
        .hasMessage("the service closed the connection");
  }

  @Test
  void reads_an_answer_that_a_service_left_before_it_closed() throws IOException {
    answer("{\"error\":\"org.example.TooManyConnections\"}\0");
    service.close();

    assertThatThrownBy(this::call)
        .isInstanceOf(VarlinkException.class)
        .hasMessage("org.example.TooManyConnections {}");
  }

  @Test
  void throws_at_once_if_nobody_listens(@TempDir Path empty) {
    assertThatThrownBy(() -> VarlinkClient.connect(empty.resolve("none")))
        .isInstanceOf(IOException.class);
  }

  private JsonObject call() throws IOException, VarlinkException {
    return client.call("org.example.Echo", new JsonObject(), LIMIT);
  }

  private void answer(String text) throws IOException {
    service.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }
}
