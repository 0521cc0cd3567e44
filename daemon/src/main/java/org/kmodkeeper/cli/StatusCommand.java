package org.kmodkeeper.cli;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Client;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.api.View;
import org.kmodkeeper.host.DkmsHook;
import org.kmodkeeper.report.Progress;
import org.kmodkeeper.report.StatusText;
import org.kmodkeeper.report.Terminal;
import org.kmodkeeper.varlink.VarlinkException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows every driver for every kernel. */
@Command(
    name = "status",
    description = {
      "Show the verdict on each driver for each kernel.",
      "What needs attention is listed below the table. NO_COLOR=1 switches colours off."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper status --kernel next",
      "  kmodkeeper status --watch",
      "  kmodkeeper status --json | jq '.kernels[] | select(.bootable | not)'"
    })
final class StatusCommand implements Subcommand {
  @Mixin private final Selection selection = new Selection();
  @Mixin private final JsonOutput json = new JsonOutput();

  @Option(
      names = "--watch",
      description = "Show the table again after each change, until interrupted.")
  private boolean watch;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    if (watch) {
      return host.daemon(client -> watch(client, host));
    }
    CommandContext.Seen seen = host.look();
    print(seen.source(), selection.of(seen.status()), host);
    return ExitStatus.OK.code();
  }

  private int watch(Client client, CommandContext host)
      throws IOException, VarlinkException, CommandFailedException {
    Terminal screen = host.screen();
    @Nullable Status sent = null;
    @Nullable Object shown = null;
    client.watch();
    while (true) {
      try {
        sent = client.next(Progress.REFRESH_INTERVAL);
      } catch (SocketTimeoutException silent) {
        // A build goes on; the time that it has taken is another.
      }
      if (sent == null) {
        continue;
      }
      Status now = selection.of(sent);
      if (!screen.canOverwrite() && !json.wanted()) {
        now = withoutSteps(now);
      }
      Object view = List.of(now, times(now, host));
      if (!view.equals(shown)) {
        if (screen.canOverwrite()) {
          screen.clear();
        } else if (shown != null) {
          screen.line();
        }
        print(View.Provider.DAEMON, now, host);
        shown = view;
      }
    }
  }

  /** What is shown of the time that builds have taken, and changes without a word of the daemon. */
  private Object times(Status status, CommandContext host) {
    Instant time = host.clock().instant();
    boolean running = !status.activities().isEmpty() && !json.wanted();
    return running && host.screen().canOverwrite()
        ? time.truncatedTo(ChronoUnit.SECONDS)
        : status.activities().stream().filter(one -> running && one.isSlow(time)).toList();
  }

  /** In a file, each step of a build would add a table. */
  private static Status withoutSteps(Status all) {
    return all.with(all.activities().stream().map(one -> one.at(null)).toList(), all.kernels());
  }

  private void print(View.Provider source, Status status, CommandContext host)
      throws CommandFailedException {
    if (json.wanted()) {
      JsonOutput.print(source, status, host);
    } else {
      Terminal screen = host.screen();
      new StatusText(screen, host.clock()).print(status);
      if (isTakeover(host)) {
        screen.line("dkms's own hook is masked: kmodkeeper builds after the transaction.");
      }
    }
  }

  private static boolean isTakeover(CommandContext host) throws CommandFailedException {
    try {
      return new DkmsHook(host.paths()).isMasked();
    } catch (IOException unreadable) {
      throw ExitStatus.FAILURE.because("cannot read dkms's hook: " + unreadable);
    }
  }
}
