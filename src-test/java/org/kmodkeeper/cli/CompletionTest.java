package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What bash offers, against what the program takes. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CompletionTest {
  /** Options whose value is a file's name, which bash completes itself. */
  private static final Set<String> FILES = Set.of("--html", "--from", "--output", "--root");

  private static final String SCRIPT =
      """
      . daemon/dist/completion/kmodkeeper
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _kmodkeeper && printf '%s\\n' "${COMPREPLY[@]}"
      """;

  private static List<String> offered(String... words) throws IOException, InterruptedException {
    List<String> argv = new ArrayList<>(List.of("kmodkeeper"));
    argv.addAll(List.of(words));
    return bash(SCRIPT, argv.toArray(String[]::new)).stdout().lines().toList();
  }

  private static Completed bash(String script, String... arguments)
      throws IOException, InterruptedException {
    List<String> argv = new ArrayList<>(List.of("bash", "-c", script, "bash"));
    argv.addAll(List.of(arguments));
    Completed ran =
        new CommandRunner(SearchPath.SYSTEM).run(Command.of(argv).in(Path.of("").toAbsolutePath()));
    assertThat(ran.stderr()).isEmpty();
    return ran;
  }

  static List<String> names() {
    return List.copyOf(TestTerminal.commands().keySet());
  }

  @Test
  void offers_every_command() throws IOException, InterruptedException {
    List<String> all =
        Stream.concat(names().stream(), Stream.of("help", "--help", "--version")).toList();

    assertThat(offered("")).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void describes_every_command_as_its_help_does() throws IOException, InterruptedException {
    Completed ran = bash(". daemon/dist/completion/kmodkeeper; _kmodkeeper_commands");

    assertThat(ran.stdout().lines())
        .containsExactlyElementsOf(
            TestTerminal.commands().entrySet().stream()
                .map(one -> one.getKey() + "\t" + firstSentence(one.getValue().getCommandSpec()))
                .toList());
  }

  private static String firstSentence(CommandSpec command) {
    String text = String.join(" ", command.usageMessage().description());
    return text.substring(0, (text + " ").indexOf(". "));
  }

  @ParameterizedTest
  @MethodSource("names")
  void offers_every_option_and_no_other(String name) throws IOException, InterruptedException {
    List<String> options =
        TestTerminal.command(name).options().stream().map(OptionSpec::longestName).toList();

    assertThat(offered(name, "-")).containsExactlyInAnyOrderElementsOf(options);
  }

  @ParameterizedTest
  @MethodSource("names")
  void offers_no_option_in_place_of_an_options_value(String name)
      throws IOException, InterruptedException {
    for (OptionSpec option : TestTerminal.command(name).options()) {
      if (option.arity().max() > 0 && !FILES.contains(option.longestName())) {
        assertThat(offered(name, option.longestName(), ""))
            .as(option.longestName())
            .noneMatch(word -> word.startsWith("-"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "status --kernel = ne, next newest",
    "status --kernel = running --wa, --watch",
    "status --kernel=ne, --kernel=next --kernel=newest",
    "explain --json n, next newest",
    "explain n, next newest",
    "explain next ixgbevf --, --json --help --version",
    "check --kernel next --re, --reboot",
    "guard '', status release",
    "takeover '', enable disable status",
    "help tak, takeover",
    "none '', ''"
  })
  void offers_what_may_come_next(String typed, String expected)
      throws IOException, InterruptedException {
    String[] words = typed.replace("''", "").split(" ", -1);

    assertThat(String.join(" ", offered(words))).isEqualTo(expected);
  }
}
