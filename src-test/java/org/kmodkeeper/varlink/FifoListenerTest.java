package org.kmodkeeper.varlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kmodkeeper.varlink.TestServer.PATIENCE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(20)
class FifoListenerTest {
  private static final String TELL = call("1");

  private final Path directory;
  private final Path fifo;

  FifoListenerTest(@TempDir Path directory) throws IOException, InterruptedException {
    this.directory = directory;
    fifo = directory.resolve("hooks");
    var mkfifo = new ProcessBuilder("mkfifo", "--mode=600", fifo.toString()).start();
    assertThat(mkfifo.waitFor()).isZero();
  }

  private static String call(String number) {
    return "{\"method\":\"org.example.Tell\",\"parameters\":{\"number\":"
        + number
        + "},\"oneway\":true}\0";
  }

  private TestServer hearing() throws IOException {
    return TestServer.hearing(directory, fifo);
  }

  private void write(String text) throws IOException {
    Files.writeString(fifo, text, StandardCharsets.UTF_8, StandardOpenOption.WRITE);
  }

  private static String next(TestServer server) throws InterruptedException {
    Call call = server.told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    return call == null ? "none" : call.parameters().get("number").getAsString();
  }

  @Test
  void serves_calls_of_one_writer_after_another() throws Exception {
    try (var server = hearing()) {
      write(call("1"));
      write(call("2") + call("3"));

      assertThat(next(server)).isEqualTo("1");
      assertThat(next(server)).isEqualTo("2");
      assertThat(next(server)).isEqualTo("3");
    }
  }

  @Test
  void takes_the_owner_of_the_pipe_for_the_caller() throws Exception {
    try (var server = hearing()) {
      write(TELL);

      Call call = server.told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(call.peer().uid()).isEqualTo(Files.getAttribute(fifo, "unix:uid"));
      assertThat(call.style()).isEqualTo(Call.Style.ONEWAY);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\0",
        "hello\0",
        "{\"method\":\"org.example.Tell\"}\0",
        "{\"method\":\"org.example.None\",\"oneway\":true}\0",
        "{\"method\":\"org.example.Fail\",\"oneway\":true}\0",
      })
  void skips_what_is_not_a_oneway_call_or_fails(String message) throws Exception {
    try (var server = hearing()) {
      write(message);
      write(TELL);

      assertThat(next(server)).isEqualTo("1");
    }
  }

  @Test
  void drops_an_endless_message_and_serves_the_calls_after_it() throws Exception {
    try (var server = hearing()) {
      write("x".repeat(100_000));
      write("\0" + TELL);

      assertThat(next(server)).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-rw----", "rw----r--", "rwx------"})
  void refuses_a_pipe_that_others_may_write_to(String mode) throws Exception {
    Files.setPosixFilePermissions(fifo, PosixFilePermissions.fromString(mode));

    assertThatThrownBy(() -> hearing().close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected mode 0600");
  }

  @Test
  void leaves_what_is_written_after_its_end_to_the_next_server() throws Exception {
    // As systemd does it.
    try (var held = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      hearing().close();
      write(TELL);

      try (var server = hearing()) {
        assertThat(next(server)).isEqualTo("1");
      }
      assertThat(held.isOpen()).isTrue();
    }
  }
}
