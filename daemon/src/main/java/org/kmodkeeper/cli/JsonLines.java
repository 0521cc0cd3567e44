package org.kmodkeeper.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine.Option;

/** What a command without fields of its own has done, for programs. */
final class JsonLines {
  /** What the command line knows this option by. */
  static final String MIXIN = "lines";

  @Option(
      names = JsonOutput.OPTION,
      description = "Print one JSON object: the exit status, and what else would be printed.")
  private boolean wanted;

  boolean wanted() {
    return wanted;
  }

  /**
   * The fields after {@code source}.
   *
   * @param status the exit status
   * @param lines what people would have been shown
   */
  record Done(int status, List<String> lines) {}

  /** What takes the place of standard output. */
  static final class Printed extends PrintStream {
    private final ByteArrayOutputStream bytes;

    private Printed(ByteArrayOutputStream bytes) {
      super(bytes, true, StandardCharsets.UTF_8);
      this.bytes = bytes;
    }

    private List<String> lines() {
      return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }
  }

  /** Runs a command and prints an object; what it printed before it failed goes to stderr. */
  static int run(Subcommand command, CommandContext host) throws CommandFailedException {
    var printed = new Printed(new ByteArrayOutputStream());
    try {
      int status = command.run(host.printingTo(printed));
      JsonOutput.print(JsonOutput.COMMAND, new Done(status, printed.lines()), host);
      return status;
    } catch (CommandFailedException failed) {
      printed.lines().forEach(host.err()::println);
      throw failed;
    }
  }
}
