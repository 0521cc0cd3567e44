package org.kmodkeeper.cli;

import org.kmodkeeper.api.View;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Asks the daemon to rebuild. */
@Command(
    name = "rebuild",
    description = {
      "Rebuild drivers, even those that are ready.",
      "By default, all drivers for all kernels. The command returns at once; 'kmodkeeper",
      "wait' waits for the end."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  kmodkeeper rebuild --kernel next --driver ixgbevf && kmodkeeper wait"})
final class RebuildCommand implements Subcommand {
  @Mixin private final Selection selection = new Selection();
  @Mixin private final JsonOutput json = new JsonOutput();

  /** The fields of {@code --json}, after {@code source}. */
  record Scheduled(int scheduled) {}

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    int scheduled =
        host.daemon(client -> client.rebuild(selection.release(client), selection.driver()));
    if (json.wanted()) {
      JsonOutput.print(View.Provider.DAEMON, new Scheduled(scheduled), host);
    } else {
      host.screen()
          .line(scheduled == 1 ? "1 build is scheduled" : scheduled + " builds are scheduled");
    }
    return ExitStatus.OK.code();
  }
}
