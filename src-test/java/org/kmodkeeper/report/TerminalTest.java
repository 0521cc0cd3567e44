package org.kmodkeeper.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.cli.TestTerminal;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.report.Terminal.Kind;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TerminalTest {
  private final TestTerminal terminal;

  TerminalTest(@TempDir Path root) {
    terminal = new TestTerminal(root);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/pts/0", "/dev/tty1", "/dev/ttyS0", "/dev/console", "/dev/hvc0"})
  void recognizes_a_terminal_by_its_device(String device) {
    assertThat(HostPaths.isTerminal(Path.of(device))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"pipe:[4711]", "/dev/null", "/tmp/status", "/home/dev/pts/0", "/dev/pts/x"})
  void treats_anything_else_as_a_file(String other) throws IOException {
    Path link = terminal.paths.ownDescriptor(1);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of(other));

    assertThat(terminal.with("TERM", "linux").screen().kind()).isEqualTo(Kind.FILE);
  }

  @Test
  void is_a_file_without_proc() {
    assertThat(terminal.with("TERM", "linux").screen().kind()).isEqualTo(Kind.FILE);
  }

  @ParameterizedTest
  @CsvSource({
    "xterm, '', COLOURED",
    "xterm, 1, MONOCHROME",
    "dumb, '', DUMB",
    "'', '', DUMB",
  })
  void colours_only_for_those_who_can_and_want(String type, String noColour, Kind kind)
      throws IOException {
    terminal.ofType(type).with("NO_COLOR", noColour);

    assertThat(terminal.screen().kind()).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource({
    "120, 120",
    "20, 20",
    "499, 499",
    "19, 80",
    "500, 80",
    "wide, 80",
    "'', 80",
    "-1, 80"
  })
  void takes_its_width_from_the_shell_within_reason(String columns, int width) {
    assertThat(terminal.with("COLUMNS", columns).screen().width()).isEqualTo(width);
  }

  @Test
  void indents_a_paragraph_beside_its_beginning() throws IOException {
    terminal.ofType("dumb").with("COLUMNS", "40");

    terminal.screen().paragraph("  ok   ", 7, "one two three four five six seven eight nine ten");

    assertThat(terminal.out())
        .isEqualTo(
            """
              ok   one two three four five six seven
                   eight nine ten
            """);
  }

  @Test
  void overwrites_lines_completely_and_never_wraps() throws IOException {
    terminal.ofType("xterm").screen().overwrite(List.of("a\u001b[1mb", "c"), 3);

    assertThat(terminal.out())
        .isEqualTo("\r\u001b[2A\u001b[?7la\\x1b[1mb\u001b[K\r\nc\u001b[J\u001b[?7h");
  }
}
