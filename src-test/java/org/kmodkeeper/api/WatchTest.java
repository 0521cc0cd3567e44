package org.kmodkeeper.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.reconcile.Bell;
import org.kmodkeeper.varlink.Interface;
import org.kmodkeeper.varlink.Limits;
import org.kmodkeeper.varlink.VarlinkClient;
import org.kmodkeeper.varlink.VarlinkException;
import org.kmodkeeper.varlink.VarlinkServer;

/** Watchers on a real socket; what they watch is a number. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class WatchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration NEVER = Duration.ofHours(1);

  private final Path socket;
  private final Bell bell = new Bell();
  private final AtomicInteger status = new AtomicInteger(1);
  private final AtomicInteger looks = new AtomicInteger();
  private final List<AutoCloseable> open = new ArrayList<>();

  WatchTest(@TempDir Path directory) {
    this.socket = directory.resolve("socket");
  }

  private void serve(Duration pulse) throws IOException {
    var watch = new Watch(bell, pulse, this::look);
    var offered = new Interface("org.example", "", Map.of("Watch", watch::answer));
    var server = VarlinkServer.listen(socket, Limits.STANDARD, Service.PRODUCT, List.of(offered));
    open.add(server);
    server.start();
  }

  private JsonObject look() {
    looks.incrementAndGet();
    var answer = new JsonObject();
    answer.addProperty("status", status.get());
    return answer;
  }

  private VarlinkClient watcher() throws IOException {
    VarlinkClient client = VarlinkClient.connect(socket);
    open.add(0, client);
    client.callMore("org.example.Watch", new JsonObject());
    return client;
  }

  private static int next(VarlinkClient watcher) throws IOException, VarlinkException {
    return watcher.receive(PATIENCE).parameters().get("status").getAsInt();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void one_look_serves_all_who_watch() throws Exception {
    serve(NEVER);
    List<VarlinkClient> watchers = new ArrayList<>();
    for (int each = 0; each < 10; each++) {
      watchers.add(watcher());
    }
    for (VarlinkClient watcher : watchers) {
      assertThat(next(watcher)).isEqualTo(1);
    }
    int before = looks.get();

    status.set(2);
    bell.ring();

    for (VarlinkClient watcher : watchers) {
      assertThat(next(watcher)).isEqualTo(2);
    }
    assertThat(looks).hasValue(before + 1);
  }

  /** Whoever waits for a driver to be ready must not be told how it stood before. */
  @Test
  void who_begins_to_watch_sees_what_is_there_then() throws Exception {
    serve(NEVER);
    assertThat(next(watcher())).isEqualTo(1);

    status.set(2);

    assertThat(next(watcher())).isEqualTo(2);
  }

  @Test
  void who_comes_after_a_ring_sees_what_is_there_then() throws Exception {
    serve(NEVER);
    assertThat(next(watcher())).isEqualTo(1);

    status.set(2);
    bell.ring();

    assertThat(next(watcher())).isEqualTo(2);
  }

  @Test
  void a_change_that_nobody_rings_for_is_seen_at_the_next_pulse() throws Exception {
    serve(Duration.ofMillis(10));
    VarlinkClient watcher = watcher();
    assertThat(next(watcher)).isEqualTo(1);

    status.set(2);

    assertThat(next(watcher)).isEqualTo(2);
  }
}
