package org.kmodkeeper.cli;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Client;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.api.View;
import org.kmodkeeper.host.YumLock;
import org.kmodkeeper.model.Activity;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.report.Progress;
import org.kmodkeeper.report.Terminal;
import org.kmodkeeper.varlink.VarlinkException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Waits until there is nothing more to do, then checks. */
@Command(
    name = "wait",
    description = {
      "Wait until the daemon has nothing left to do, then check.",
      "Progress goes to standard error. Without the daemon, the check is done at once."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dnf upgrade kernel",
      "  kmodkeeper wait --timeout 600; kmodkeeper check --reboot && reboot"
    })
final class WaitCommand implements Subcommand {
  /** The daemon tells of changes at once; silence in between means only that it works. */
  private static final Duration NO_TIMEOUT = Duration.ofDays(365);

  @Mixin private final Selection selection = new Selection();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Stop waiting after this time, with exit status 5.")
  private @Nullable Integer timeout;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    if (timeout != null && timeout < 0) {
      throw ExitStatus.USAGE.because("--timeout " + timeout + ": expected 0 or more seconds");
    }
    CommandContext.Seen seen = host.look();
    Status status =
        seen.source() == View.Provider.DAEMON && seen.status().busy()
            ? host.daemon(client -> untilSettled(client, host))
            : seen.status();
    return new BootableReport(host.screen(), selection.driver()).print(selection.of(status));
  }

  private Status untilSettled(Client client, CommandContext host)
      throws IOException, VarlinkException, CommandFailedException {
    Duration limit = timeout == null ? NO_TIMEOUT : Duration.ofSeconds(timeout);
    long deadline = System.nanoTime() + limit.toNanos();
    Terminal screen = host.errorScreen();
    var progress = new Progress(screen, host.clock());
    List<Activity> activities = List.of();
    boolean yumWaitsForUs =
        new YumLock(host.paths()).holder().filter(YumLock.Holder::isOurAncestor).isPresent();
    client.watch();
    try {
      while (true) {
        long left = deadline - System.nanoTime();
        try {
          long pause = Math.min(Progress.REFRESH_INTERVAL.toNanos(), left);
          Status status = client.next(Duration.ofNanos(pause));
          if (!status.busy()) {
            return status;
          }
          activities = status.activities();
          Optional<Activity> transaction =
              activities.stream().filter(one -> one.remedy().isTransaction()).findFirst();
          if (yumWaitsForUs && transaction.isPresent()) {
            progress.end();
            screen.line(
                "kmodkeeper: "
                    + inWords(transaction.get())
                    + " installed after yum has ended; run 'kmodkeeper wait' then");
            return status;
          }
        } catch (SocketTimeoutException silent) {
          if (System.nanoTime() >= deadline) {
            throw ExitStatus.TIMED_OUT.because(
                "timed out after " + timeout + " s, work continues; 'kmodkeeper status' shows it");
          }
        }
        progress.tell(activities);
      }
    } finally {
      progress.end();
    }
  }

  private static String inWords(Activity transaction) {
    return transaction.remedy() == Remedy.HEADERS
        ? "the headers of " + transaction.kernel() + " are"
        : "the package of " + transaction.driver() + " for " + transaction.kernel() + " is";
  }
}
