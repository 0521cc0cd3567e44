package org.kmodkeeper.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Version;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.SearchPath;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code kmodkeeper}: finds the subcommand, and maps how it ends to an exit status. */
public final class Main {
  private static final Map<String, Function<Host, Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("status", StatusCommand::new);
    COMMANDS.put("wait", WaitCommand::new);
    COMMANDS.put("check", CheckCommand::new);
    COMMANDS.put("history", HistoryCommand::new);
    COMMANDS.put("rebuild", RebuildCommand::new);
    COMMANDS.put("guard", GuardCommand::new);
    COMMANDS.put("takeover", TakeoverCommand::new);
    COMMANDS.put("notify", NotifyCommand::new);
  }

  private Main() {}

  public static void main(String[] arguments) {
    var host = new Host(HostPaths.SYSTEM, SearchPath.SYSTEM, System.out, System.err);
    System.exit(run(host, arguments));
  }

  /** Runs one command line. */
  static int run(Host host, String... arguments) {
    var line = new CommandLine(new Root());
    // Only the one that is meant: making the others ready takes longer than most commands run.
    @Nullable String word =
        Arrays.stream(arguments).filter(COMMANDS::containsKey).findFirst().orElse(null);
    COMMANDS.forEach(
        (name, make) -> {
          if (word == null || word.equals(name)) {
            line.addSubcommand(name, make.apply(host));
          }
        });
    line.setOut(new PrintWriter(host.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(host.err(), true, StandardCharsets.UTF_8));
    line.setExecutionExceptionHandler((failed, where, parsed) -> report(host, failed));
    line.setCommandName("kmodkeeper");
    return line.execute(arguments);
  }

  private static int report(Host host, Exception failed) throws Exception {
    if (failed instanceof Failure failure) {
      String.valueOf(failure.getMessage())
          .lines()
          .forEach(line -> host.err().println("kmodkeeper: " + line));
      return failure.status().code();
    }
    throw failed;
  }

  @Command(
      name = "kmodkeeper",
      description = "Keeps out-of-tree drivers ready for every installed kernel.",
      synopsisSubcommandLabel = "COMMAND",
      versionProvider = ProductVersion.class,
      mixinStandardHelpOptions = true)
  private static final class Root implements Runnable {
    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public void run() {
      if (spec != null) {
        throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
      }
    }
  }

  private static final class ProductVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"kmodkeeper " + Version.TEXT};
    }
  }
}
