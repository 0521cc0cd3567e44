package org.kmodkeeper.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Timer;
import java.util.TimerTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.reconcile.ReconcileLoop;
import org.kmodkeeper.reconcile.Reconciler;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;
import org.kmodkeeper.varlink.Interface;
import org.kmodkeeper.varlink.Limits;
import org.kmodkeeper.varlink.VarlinkClient;
import org.kmodkeeper.varlink.VarlinkException;
import org.kmodkeeper.varlink.VarlinkServer;

/** Watchers on a real socket, of a real loop; its clock runs fast. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(60)
class WatchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final HostFixture host;
  private final Path socket;
  private final TestClock clock = new TestClock();
  private final Reconciler reconciler;
  private final ReconcileLoop loop;
  private final List<AutoCloseable> open = new ArrayList<>();

  WatchTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    host.kernel("6.1.0-1.el9.x86_64");
    socket = root.resolve("socket");
    reconciler =
        Reconciler.open(
            host.paths(),
            host.runner(),
            HostFixture.settings(HostFixture.driver("ixgbevf")),
            clock);
    loop =
        new ReconcileLoop(reconciler, new PackageTransaction(host.paths()), clock, Heartbeat.NONE);
  }

  @BeforeEach
  void serve() throws IOException {
    var watch = new Watch(reconciler.publisher(), loop::refresh);
    var offered = new Interface("org.example", "", Map.of("Watch", watch::answer));
    var server =
        VarlinkServer.open(
            OptionalInt.empty(), socket, Limits.STANDARD, Service.INFO, List.of(offered));
    open.add(server);
    server.start();
    loop.start();
    // Between two passes for watchers there is a pause.
    var time = new Timer("clock", true);
    time.schedule(
        new TimerTask() {
          @Override
          public void run() {
            clock.advance(Duration.ofSeconds(1));
          }
        },
        0,
        100);
    open.add(time::cancel);
  }

  private VarlinkClient watcher() throws IOException {
    VarlinkClient client = VarlinkClient.connect(socket);
    open.add(0, client);
    client.callMore("org.example.Watch", new JsonObject());
    return client;
  }

  /** The kernels of the first status that says that the loop is at rest. */
  private static int settled(VarlinkClient watcher) throws IOException, VarlinkException {
    while (true) {
      JsonObject status = watcher.receive(PATIENCE).get("status").getAsJsonObject();
      if (!status.get("busy").getAsBoolean()) {
        return status.get("kernels").getAsJsonArray().size();
      }
    }
  }

  @AfterEach
  void close() throws Exception {
    loop.stop();
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private void awaitRest() throws InterruptedException {
    long version = 0;
    while (loop.isBusy()) {
      version = reconciler.publisher().await(version, Duration.ofMillis(100)).version();
    }
  }

  @Test
  void sends_each_watcher_what_a_pass_publishes() throws Exception {
    List<VarlinkClient> watchers = new ArrayList<>();
    for (int each = 0; each < 10; each++) {
      watchers.add(watcher());
    }
    awaitRest();
    for (VarlinkClient watcher : watchers) {
      assertThat(settled(watcher)).isEqualTo(1);
    }

    host.kernel("6.1.0-2.el9.x86_64");
    loop.lookAgain();

    for (VarlinkClient watcher : watchers) {
      assertThat(settled(watcher)).isEqualTo(2);
    }
  }

  /** Whoever waits for a driver to be ready must not be told how it stood before. */
  @Test
  void shows_unannounced_changes_to_a_new_watcher() throws Exception {
    awaitRest();

    host.kernel("6.1.0-2.el9.x86_64");
    VarlinkClient watcher = watcher();
    while (!loop.isBusy()) {
      Thread.onSpinWait();
    }
    awaitRest();

    assertThat(settled(watcher)).isEqualTo(2);
  }

  @Test
  void fails_if_the_host_cannot_be_read() throws Exception {
    awaitRest();
    Files.createDirectories(host.paths().depmodOverrides());
    VarlinkClient watcher = watcher();
    loop.lookAgain();

    assertThatThrownBy(() -> settled(watcher))
        .isInstanceOf(VarlinkException.class)
        .hasMessageContaining("HostUnreadable");
  }

  @Test
  void recovers_once_the_host_can_be_read_again() throws Exception {
    awaitRest();
    Files.createDirectories(host.paths().depmodOverrides());
    loop.lookAgain();
    awaitRest();
    assertThat(reconciler.publisher().current().trouble()).isNotNull();

    Files.delete(host.paths().depmodOverrides());

    assertThat(settled(watcher())).isEqualTo(1);
  }
}
