package org.kmodkeeper.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Version;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.report.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code kmodkeeper}: finds the subcommand, and maps how it ends to an exit status. */
public final class CommandMain {
  private static final Map<String, Supplier<Subcommand>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("status", StatusCommand::new);
    COMMANDS.put("explain", ExplainCommand::new);
    COMMANDS.put("log", LogCommand::new);
    COMMANDS.put("history", HistoryCommand::new);
    COMMANDS.put("store", StoreCommand::new);
    COMMANDS.put("preflight", PreflightCommand::new);
    COMMANDS.put("package", PackageCommand::new);
    COMMANDS.put("publish", PublishCommand::new);
    COMMANDS.put("check", CheckCommand::new);
    COMMANDS.put("wait", WaitCommand::new);
    COMMANDS.put("report", ReportCommand::new);
    COMMANDS.put("doctor", DoctorCommand::new);
    COMMANDS.put("keys", KeysCommand::new);
    COMMANDS.put("adopt", AdoptCommand::new);
    COMMANDS.put("drop", DropCommand::new);
    COMMANDS.put("rebuild", RebuildCommand::new);
    COMMANDS.put("prepare", PrepareCommand::new);
    COMMANDS.put("guard", GuardCommand::new);
    COMMANDS.put("takeover", TakeoverCommand::new);
    COMMANDS.put("notify", NotifyCommand::new);
  }

  private CommandMain() {}

  public static void main(String[] arguments) {
    var host =
        new CommandContext(
            HostPaths.SYSTEM,
            SearchPath.SYSTEM,
            System.getenv(),
            Clock.systemUTC(),
            System.out,
            System.err);
    System.exit(run(host, arguments));
  }

  /** Runs one command line. */
  public static int run(CommandContext host, String... arguments) {
    // Only the one that is meant: making the others ready takes longer than most commands run.
    @Nullable String word =
        Arrays.stream(arguments).filter(one -> !one.startsWith("-")).findFirst().orElse(null);
    boolean known = COMMANDS.containsKey(word);
    CommandLine line = commands(name -> !known || name.equals(word));
    if (!known) {
      var help = new CommandLine(new CommandLine.HelpCommand());
      help.getCommandSpec().usageMessage().hidden(true);
      line.addSubcommand("help", help);
      line.getCommandSpec()
          .usageMessage()
          .exitCodeListHeading("%nExit statuses; if there are several reasons, the first counts:%n")
          .exitCodeList(ExitStatus.table());
    }
    line.setOut(new PrintWriter(host.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(host.err(), true, StandardCharsets.UTF_8));
    line.setExecutionStrategy(parsed -> execute(parsed, host));
    line.setParameterExceptionHandler(new UsageErrorHandler(host));
    line.setCommandName("kmodkeeper");
    return line.execute(arguments);
  }

  /** The command with those subcommands whose names are wanted. */
  static CommandLine commands(Predicate<String> wanted) {
    var line = new CommandLine(new Root());
    line.getCommandSpec().version("kmodkeeper " + Version.TEXT);
    COMMANDS.forEach(
        (name, make) -> {
          if (wanted.test(name)) {
            var command = new CommandLine(make.get());
            if (!command.getCommandSpec().optionsMap().containsKey(JsonOutput.OPTION)) {
              command.addMixin(JsonLines.MIXIN, new JsonLines());
            }
            line.addSubcommand(name, command);
          }
        });
    return line;
  }

  private static int execute(CommandLine.ParseResult parsed, CommandContext host) {
    @Nullable Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    if (!parsed.hasSubcommand()) {
      throw new CommandLine.ParameterException(
          parsed.commandSpec().commandLine(),
          "no command given; there are " + String.join(", ", COMMANDS.keySet()));
    }
    try {
      var command = (Subcommand) parsed.subcommand().commandSpec().userObject();
      var lines = parsed.subcommand().commandSpec().mixins().get(JsonLines.MIXIN);
      return lines != null && ((JsonLines) lines.userObject()).wanted()
          ? JsonLines.run(command, host)
          : command.run(host);
    } catch (CommandFailedException failed) {
      String.valueOf(failed.getMessage())
          .lines()
          .forEach(line -> host.err().println("kmodkeeper: " + Terminal.printable(line)));
      if (parsed.subcommand().hasMatchedOption(JsonOutput.OPTION)) {
        JsonOutput.printFailure(failed.exitStatus(), String.valueOf(failed.getMessage()), host);
      }
      return failed.exitStatus();
    }
  }

  @Command(
      name = "kmodkeeper",
      description = "Keeps out-of-tree drivers ready for every installed kernel.",
      synopsisSubcommandLabel = "COMMAND",
      commandListHeading = "%nCommands:%n",
      footerHeading = "%nExamples:%n",
      footer = {
        "  kmodkeeper adopt ixgbevf-4.18.7.tar.gz && kmodkeeper wait",
        "  kmodkeeper status",
        "  kmodkeeper explain next ixgbevf",
        "  dnf upgrade kernel",
        "  kmodkeeper wait; kmodkeeper check --reboot && reboot"
      },
      mixinStandardHelpOptions = true,
      scope = CommandLine.ScopeType.INHERIT)
  private static final class Root {}
}
