package org.kmodkeeper.cli;

import java.io.IOException;
import org.kmodkeeper.api.History;
import org.kmodkeeper.api.View;
import org.kmodkeeper.report.Terminal;
import org.kmodkeeper.varlink.VarlinkException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells what happened to each driver. */
@Command(
    name = "history",
    description = {
      "Show how verdicts changed and what was tried.",
      "The oldest entry comes first. The history outlives the journal."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper history --driver ixgbevf",
      "  kmodkeeper history --json | jq '.entries[] | .verdict // .outcome'"
    })
final class HistoryCommand implements Subcommand {
  @Mixin private final Selection selection = new Selection();
  @Mixin private final JsonOutput json = new JsonOutput();

  @Option(
      names = "--limit",
      paramLabel = "NUMBER",
      defaultValue = "200",
      description = "How many of the newest entries, at most 2000 (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    if (limit < 1 || limit > History.MAX_ENTRIES) {
      throw ExitStatus.USAGE.because(
          "--limit " + limit + ": expected a number from 1 to " + History.MAX_ENTRIES);
    }
    return host.read(view -> tell(view, host));
  }

  private int tell(View view, CommandContext host)
      throws IOException, VarlinkException, InterruptedException, CommandFailedException {
    History history =
        view.history(new History.Request(selection.releaseThen(view), selection.driver(), limit));
    if (json.wanted()) {
      JsonOutput.print(view.source(), history, host);
    } else {
      Terminal screen = host.screen();
      history.entries().forEach(entry -> screen.line(entry.time() + " " + entry.text()));
    }
    return ExitStatus.OK.code();
  }
}
