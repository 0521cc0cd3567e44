package org.kmodkeeper.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class TimeLimitTest {
  private static final Duration SHORT = Duration.ofMillis(800);

  private final CommandRunner runner = new CommandRunner(SearchPath.SYSTEM);
  private final Witness witness;

  TimeLimitTest(@TempDir Path directory) throws IOException, InterruptedException {
    witness = Witness.in(directory);
  }

  @Test
  void kills_a_command_past_its_time() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("sleep", "600").within(SHORT));

    assertThat(completed.ending()).isEqualTo(new Completed.TimedOut(SHORT));
    assertThat(completed.succeeded()).isFalse();
    assertThat(completed.took()).isBetween(SHORT, Duration.ofSeconds(5));
  }

  @Test
  void keeps_what_a_killed_command_has_printed() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("sh", "-c", "echo begun; sleep 600").within(SHORT));

    assertThat(completed.stdout()).isEqualTo("begun\n");
  }

  @Test
  void kills_its_grandchildren_too() throws IOException, InterruptedException {
    runner.run(
        shell("exec " + witness.hold() + "; sh -c 'sh -c \"sleep 600; :\"; :' & wait")
            .within(SHORT));

    witness.awaitEnd();
  }

  @Test
  void kills_who_ignores_SIGTERM() throws IOException, InterruptedException {
    Completed completed =
        runner.run(
            shell("trap '' TERM; exec " + witness.hold() + "; sleep 600 & wait; wait")
                .within(SHORT));

    assertThat(completed.ending()).isInstanceOf(Completed.TimedOut.class);
    witness.awaitEnd();
  }

  @Test
  void kills_the_whole_group_at_an_interrupt() throws IOException, InterruptedException {
    var task =
        new FutureTask<Completed>(
            () ->
                runner.run(
                    shell(witness.hold() + " sleep 600 & wait").within(Duration.ofHours(1))));
    var thread = new Thread(task);
    thread.start();
    witness.awaitBegin();

    thread.interrupt();

    assertThatThrownBy(task::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InterruptedException.class);
    witness.awaitEnd();
  }

  @Test
  void obeys_an_interrupt_before_the_start() throws InterruptedException {
    var task = new FutureTask<Completed>(() -> interruptedRun());
    new Thread(task).start();

    assertThatThrownBy(task::get).hasCauseInstanceOf(InterruptedException.class);
  }

  private Completed interruptedRun() throws IOException, InterruptedException {
    Thread.currentThread().interrupt();
    return runner.run(Command.of("sleep", "600"));
  }

  @Test
  void ends_a_background_child_with_a_logged_command(@TempDir Path directory)
      throws IOException, InterruptedException {
    Completed completed =
        runner.run(
            shell("exec " + witness.hold() + "; sleep 600 & echo done")
                .within(Duration.ofHours(1))
                .loggingTo(directory.resolve("log")));

    assertThat(completed.ending()).isEqualTo(new Completed.Exited(0));
    assertThat(directory.resolve("log")).hasContent("done");
    witness.awaitEnd();
  }

  @Test
  void does_not_wait_past_the_limit_for_a_child_outside_the_group()
      throws IOException, InterruptedException {
    long start = System.nanoTime();

    Completed completed = runner.run(shell("setsid sleep 7 & echo done").within(SHORT));

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(completed.ending()).isEqualTo(new Completed.Exited(0));
    assertThat(completed.stdout()).isEqualTo("done\n");
  }

  private static Command shell(String script) {
    return Command.of("sh", "-c", script);
  }
}
