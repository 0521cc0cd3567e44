package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Heartbeat;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.TestClock;

@DisplayNameGeneration(ReplaceUnderscores.class)
class HostReaderTest {
  @Test
  @Timeout(60)
  void does_not_take_a_thread_waiting_for_another_for_stuck(@TempDir Path root) throws Exception {
    var host = new HostFixture(root);
    host.kernel("6.1.0-1.el9.x86_64");
    host.source("ixgbevf", "1.2");
    Path begun = pipe(host, "begun");
    Path go = pipe(host, "go");
    host.standIn("modprobe", "echo >" + begun + "; read -r _ <" + go + "; exec @real@ \"$@\"");
    var beats = new AtomicInteger();
    var heartbeat =
        new Heartbeat(
            Duration.ofMillis(20),
            () -> {
              if (beats.incrementAndGet() == 5) {
                write(go);
              }
            });
    var reader =
        StatusReader.open(
            host.paths(),
            new CommandRunner(host.runner().searchPath(), heartbeat),
            HostFixture.settings(HostFixture.driver("ixgbevf")),
            new TestClock());
    FutureTask<HostState> other = new FutureTask<>(reader::look);
    new Thread(other).start();
    Files.readString(begun);
    host.withoutStandIn("modprobe");

    heartbeat.begin();
    HostState mine = reader.look();

    assertThat(beats).hasValueGreaterThanOrEqualTo(5);
    assertThat(mine).isEqualTo(other.get());
  }

  private static Path pipe(HostFixture host, String name) throws IOException, InterruptedException {
    Path pipe = host.root().resolve(name);
    new CommandRunner(SearchPath.SYSTEM).run(Command.of("mkfifo", pipe.toString()));
    return pipe;
  }

  private static void write(Path pipe) {
    try {
      Files.writeString(pipe, "\n");
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
