package org.kmodkeeper.cli;

import com.google.gson.GsonBuilder;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.History;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells what happened to each driver. */
@Command(
    name = "history",
    description = {
      "Tell how verdicts changed and what was tried, oldest first.",
      "It comes from a ledger of its own and outlives the journal."
    },
    mixinStandardHelpOptions = true)
final class HistoryCommand implements Callable<Integer> {
  private final Host host;

  @Option(names = "--kernel", paramLabel = "RELEASE", description = "Only of this kernel.")
  private @Nullable String kernel;

  @Option(names = "--driver", paramLabel = "NAME", description = "Only of this driver.")
  private @Nullable String driver;

  @Option(
      names = "--limit",
      paramLabel = "NUMBER",
      defaultValue = "200",
      description = "Only so many of the newest entries (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(names = "--json", description = "Print one JSON object instead of lines.")
  private boolean json;

  HistoryCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws Failure {
    History history = host.history(new History.Request(kernel, driver, Math.max(1, limit)));
    if (json) {
      var gson = new GsonBuilder().serializeNulls().setPrettyPrinting().disableHtmlEscaping();
      host.out().println(gson.create().toJson(history));
    } else {
      history.entries().forEach(entry -> host.out().println(entry.time() + " " + entry.text()));
    }
    return ExitStatus.OK.code();
  }
}
