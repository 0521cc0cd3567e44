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
  void an_exit_status_is_a_value() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("sh", "-c", "exit 7"));

    assertThat(completed.ending()).isEqualTo(new Completed.Exited(7));
    assertThat(completed.succeeded()).isFalse();
    assertThat(completed.complaint()).isEqualTo("exit status 7");
  }

  @Test
  void exit_status_0_is_success() throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("true")).succeeded()).isTrue();
  }

  @Test
  void death_by_a_signal_is_told_as_a_shell_would() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("sh", "-c", "kill -9 $$"));

    assertThat(completed.ending()).isEqualTo(new Completed.Exited(128 + 9));
  }

  @Test
  void stdout_and_stderr_are_kept_apart() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("sh", "-c", "echo out; echo; echo err >&2"));

    assertThat(completed.stdout()).isEqualTo("out\n\n");
    assertThat(completed.stderr()).isEqualTo("err\n");
  }

  @Test
  void the_complaint_is_the_first_line_with_text() throws IOException, InterruptedException {
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
  void a_program_that_reads_finds_the_end_of_its_input() throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("cat")).succeeded()).isTrue();
  }

  @Test
  void arguments_pass_no_shell() throws IOException, InterruptedException {
    Completed completed = runner.run(Command.of("printf", "%s|", "a b", "$HOME", ";", "*"));

    assertThat(completed.stdout()).isEqualTo("a b|$HOME|;|*|");
  }

  @Test
  void a_log_takes_all_output_after_what_it_holds(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path log = Files.writeString(directory.resolve("log"), "before\n");

    Completed completed =
        runner.run(Command.of("sh", "-c", "echo out; echo err >&2").loggingTo(log));

    assertThat(log).hasContent("before\nout\nerr\n");
    assertThat(completed.stdout()).isEmpty();
    assertThat(completed.stderr()).isEmpty();
  }

  @Test
  void a_command_runs_at_the_root_directory() throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("pwd")).stdout()).isEqualTo("/\n");
  }

  @Test
  void a_command_runs_where_it_is_told(@TempDir Path directory)
      throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("pwd").in(directory)).stdout()).isEqualTo(directory + "\n");
  }

  @Test
  void nothing_of_our_own_environment_leaks() throws IOException, InterruptedException {
    assertThat(runner.run(Command.of("env")).stdout().lines())
        .containsExactlyInAnyOrder("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root");
  }

  @Test
  void a_command_may_add_to_its_environment() throws IOException, InterruptedException {
    Completed completed =
        runner.run(Command.of("env").with("KERNEL", "6.1").with("LC_ALL", "POSIX"));

    assertThat(completed.stdout().lines()).contains("KERNEL=6.1", "LC_ALL=POSIX");
  }

  @Test
  void a_program_that_is_not_there_is_an_exception() {
    assertThatThrownBy(() -> runner.run(Command.of("no-such-program", "argument")))
        .isInstanceOf(IOException.class)
        .hasMessage("no-such-program: not found in /usr/sbin:/usr/bin:/sbin:/bin");
  }

  @Test
  void each_command_leads_its_own_session() throws IOException, InterruptedException {
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
