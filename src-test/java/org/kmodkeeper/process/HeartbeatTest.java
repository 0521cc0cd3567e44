package org.kmodkeeper.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class HeartbeatTest {
  private final AtomicInteger signals = new AtomicInteger();
  private final Heartbeat heartbeat =
      new Heartbeat(Duration.ofMillis(10), signals::incrementAndGet);
  private final CommandRunner runner = new CommandRunner(SearchPath.SYSTEM, heartbeat);

  @Test
  void beats_while_its_thread_waits_for_a_command() throws Exception {
    heartbeat.begin();

    runner.run(Command.of("sleep", "0.2"));

    assertThat(signals).hasValueGreaterThan(2);
  }

  @Test
  void does_not_beat_for_another_thread() throws Exception {
    var stuck = new Thread(heartbeat::begin);
    stuck.start();
    stuck.join();

    runner.run(Command.of("sleep", "0.1"));

    assertThat(signals).hasValue(1);
  }

  @Test
  void lets_a_command_past_its_limit_be_killed() throws Exception {
    heartbeat.begin();

    Completed ran = runner.run(Command.of("sleep", "60").within(Duration.ofMillis(50)));

    assertThat(ran.ending()).isInstanceOf(Completed.TimedOut.class);
  }

  @Test
  void beats_while_it_waits_for_helpers_that_make_progress() throws Exception {
    heartbeat.begin();
    var begun = new CountDownLatch(1);
    var done = new CountDownLatch(1);
    Thread helper = helper(begun, done);
    begun.await();

    Thread.sleep(20);
    heartbeat.beatWithHelpers(Duration.ofMinutes(1));
    int waiting = signals.get();
    Thread.sleep(20);
    heartbeat.beatWithHelpers(Duration.ofMillis(1));
    int stuck = signals.get();
    done.countDown();
    helper.join();
    heartbeat.beatWithHelpers(Duration.ofMillis(1));

    assertThat(waiting).isEqualTo(2);
    assertThat(stuck).isEqualTo(waiting);
    assertThat(signals).hasValue(3);
  }

  private Thread helper(CountDownLatch begun, CountDownLatch done) {
    var thread =
        new Thread(
            () ->
                heartbeat.help(
                    () -> {
                      begun.countDown();
                      try {
                        done.await();
                      } catch (InterruptedException unexpected) {
                        Thread.currentThread().interrupt();
                      }
                    }));
    thread.start();
    return thread;
  }
}
