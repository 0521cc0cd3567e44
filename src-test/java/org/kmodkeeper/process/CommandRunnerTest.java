package org.kmodkeeper.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Timeout(20)
class CommandRunnerTest {
  private final CommandRunner runner = new CommandRunner(SearchPath.SYSTEM);

  @Test
  void returns_an_exit_status_as_a_value() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("sh", "-c", "exit 7"));

    assertThat(completed.ending()).isEqualTo(new Completed.Exited(7));
    assertThat(completed.succeeded()).isFalse();
    assertThat(completed.complaint()).isEqualTo("exit status 7");
  }

  @Test
  void calls_exit_status_0_success() throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("true")).succeeded()).isTrue();
  }

  @Test
  void reports_death_by_a_signal_as_a_shell_would() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("sh", "-c", "kill -9 $$"));

    assertThat(completed.ending()).isEqualTo(new Completed.Exited(128 + 9));
  }

  @Test
  void keeps_stdout_and_stderr_apart() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("sh", "-c", "echo out; echo; echo err >&2"));

    assertThat(completed.stdout()).isEqualTo("out\n\n");
    assertThat(completed.stderr()).isEqualTo("err\n");
  }

  @Test
  void takes_the_first_line_with_text_for_the_complaint() throws IOException, InterruptedException {
    Completed completed =
        runner.run(
            Command.of("sh", "-c", "printf '\\n  \\n  no such thing \\nmore\\n' >&2; false"));

    assertThat(completed.complaint()).isEqualTo("no such thing");
  }

  @Test
  void truncates_output_at_its_limit_and_lets_the_program_end()
      throws IOException, InterruptedException {
    int much = 3 * CommandRunner.MAX_OUTPUT;

    Completed completed =
        runner.run(Command.of("sh", "-c", "head -c " + much + " /dev/zero; echo end >&2"));

    assertThat(completed.stdout()).hasSize(CommandRunner.MAX_OUTPUT);
    assertThat(completed.stderr()).isEqualTo("end\n");
    assertThat(completed.succeeded()).isTrue();
  }

  @Test
  void ends_the_input_of_a_program_that_reads() throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("cat")).succeeded()).isTrue();
  }

  @Test
  void passes_arguments_without_a_shell() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("printf", "%s|", "a b", "$HOME", ";", "*"));

    assertThat(completed.stdout()).isEqualTo("a b|$HOME|;|*|");
  }

  @Test
  void appends_all_output_to_a_log(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path log = Files.writeString(directory.resolve("log"), "before\n");

    Completed completed =
        runner.run(Command.of("sh", "-c", "echo out; echo err >&2").loggingTo(log));

    assertThat(log).hasContent("before\nout\nerr\n");
    assertThat(completed.stdout()).isEmpty();
    assertThat(completed.stderr()).isEmpty();
  }

  @Test
  void runs_a_command_at_the_root_directory() throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("pwd")).stdout()).isEqualTo("/\n");
  }

  @Test
  void runs_a_command_where_it_is_told(@TempDir Path directory)
      throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("pwd").in(directory)).stdout()).isEqualTo(directory + "\n");
  }

  @Test
  void passes_nothing_of_our_own_environment() throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("env")).stdout().lines())
        .containsExactlyInAnyOrder("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root");
  }

  @Test
  void adds_to_the_environment_what_a_command_asks_for() throws IOException, InterruptedException {
    Completed completed =
        runner.run(Command.of("env").with("KERNEL", "6.1").with("LC_ALL", "POSIX"));

    assertThat(completed.stdout().lines()).contains("KERNEL=6.1", "LC_ALL=POSIX");
  }

  @Test
  void throws_if_the_program_is_not_there() {
    assertThatThrownBy(() -> runner.run(Command.of("no-such-program", "argument")))
        .isInstanceOf(IOException.class)
        .hasMessage("no-such-program: not found in /usr/sbin:/usr/bin:/sbin:/bin");
  }

  @Test
  void makes_each_command_lead_its_own_session() throws IOException, InterruptedException {
    // Fields 1, 5 and 6 of proc_pid_stat(5): pid, process group, session.
    Completed completed =
        runner.run(
            Command.of(
                "sh",
                "-c",
                "read -r pid _ _ _ group session _ </proc/$$/stat; "
                    + "echo $pid $group $session"));

    assertThat(completed.stdout()).matches("(\\d+) \\1 \\1\n");
  }
}
