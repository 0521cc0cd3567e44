package org.kmodkeeper.cli;

import java.util.List;
import java.util.stream.Collectors;
import org.kmodkeeper.report.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Answers a command line that is not understood: what is wrong, what may be meant, where help is.
 */
final class UsageErrorHandler implements IParameterExceptionHandler {
  private static final int MAX_SUGGESTIONS = 3;

  private final CommandContext host;

  UsageErrorHandler(CommandContext host) {
    this.host = host;
  }

  @Override
  public int handleParseException(ParameterException wrong, String[] arguments) {
    CommandLine command = wrong.getCommandLine();
    String complaint =
        wrong instanceof UnmatchedArgumentException unmatched
            ? unknown(unmatched)
            : String.valueOf(wrong.getMessage());
    String line = complaint.lines().map(Terminal::printable).collect(Collectors.joining(" "));
    String help = command.getCommandSpec().qualifiedName() + " --help";
    command
        .getErr()
        .println("kmodkeeper: " + line + (line.endsWith("?") ? " See '" : "; see '") + help + "'");
    if (List.of(arguments).contains(JsonOutput.OPTION)) {
      JsonOutput.printFailure(ExitStatus.USAGE.code(), complaint, host);
    }
    return ExitStatus.USAGE.code();
  }

  private static String unknown(UnmatchedArgumentException wrong) {
    String first = wrong.getUnmatched().get(0);
    boolean commands = !wrong.getCommandLine().getSubcommands().isEmpty();
    String kind = first.startsWith("-") ? "option" : commands ? "command" : "argument";
    List<String> near = wrong.getSuggestions();
    String meant =
        near.isEmpty()
            ? ""
            : near.stream()
                .limit(MAX_SUGGESTIONS)
                .collect(Collectors.joining(" or ", "; did you mean ", "?"));
    return "unknown " + kind + " '" + first + "'" + meant;
  }
}
