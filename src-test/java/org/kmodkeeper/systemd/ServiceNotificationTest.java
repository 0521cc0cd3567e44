package org.kmodkeeper.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class ServiceNotificationTest {
  @Test
  void reports_readiness(@TempDir Path directory) throws IOException {
    String socket = directory.resolve("notify").toString();
    try (UnixDatagramChannel manager = listen(socket)) {
      new ServiceNotification(socket).ready();

      assertThat(receive(manager)).isEqualTo("READY=1");
    }
  }

  @Test
  void reports_a_status_when_it_changes(@TempDir Path directory) throws IOException {
    String socket = directory.resolve("notify").toString();
    try (UnixDatagramChannel manager = listen(socket)) {
      var notification = new ServiceNotification(socket);
      notification.status("one");
      notification.status("one");
      notification.status("two");

      assertThat(receive(manager)).isEqualTo("STATUS=one");
      assertThat(receive(manager)).isEqualTo("STATUS=two");
    }
  }

  @Test
  void sends_the_monotonic_time_in_microseconds_with_a_reload(@TempDir Path directory)
      throws IOException {
    String socket = directory.resolve("notify").toString();
    try (UnixDatagramChannel manager = listen(socket)) {
      long before = System.nanoTime() / 1000;
      new ServiceNotification(socket).reloading();

      String message = receive(manager);
      assertThat(message).startsWith("RELOADING=1\nMONOTONIC_USEC=");
      assertThat(Long.parseLong(message.substring(message.lastIndexOf('=') + 1)))
          .isBetween(before, System.nanoTime() / 1000);
    }
  }

  @Test
  void reports_the_end(@TempDir Path directory) throws IOException {
    String socket = directory.resolve("notify").toString();
    try (UnixDatagramChannel manager = listen(socket)) {
      new ServiceNotification(socket).stopping();

      assertThat(receive(manager)).isEqualTo("STOPPING=1");
    }
  }

  @Test
  void finds_an_abstract_socket_under_exactly_its_name() throws IOException {
    String name = "kmodkeeper-test-" + UUID.randomUUID();
    try (UnixDatagramChannel manager = listen('\0' + name)) {
      // Else a wrong length in the address could be hidden by the same one at the other end.
      assertThat(Files.readAllLines(Path.of("/proc/net/unix")))
          .anyMatch(line -> line.endsWith(" @" + name));

      new ServiceNotification("@" + name).stopping();

      assertThat(receive(manager)).isEqualTo("STOPPING=1");
    }
  }

  @Test
  void sends_nothing_without_a_service_manager() {
    assertThatCode(() -> new ServiceNotification(null).ready()).doesNotThrowAnyException();
  }

  @Test
  void tolerates_a_service_manager_that_is_gone(@TempDir Path directory) {
    var notification = new ServiceNotification(directory.resolve("none").toString());

    assertThatCode(notification::stopping).doesNotThrowAnyException();
  }

  private static UnixDatagramChannel listen(String socket) throws IOException {
    UnixDatagramChannel channel = UnixDatagramChannel.open();
    channel.bind(new UnixSocketAddress(socket));
    // What was sent is there when sending returns; nothing there is a failure, not a wait.
    channel.configureBlocking(false);
    return channel;
  }

  private static String receive(UnixDatagramChannel manager) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(1024);
    manager.receive(bytes);
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
  }
}
