package org.kmodkeeper.cli;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Client;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.varlink.VarlinkException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Waits until there is nothing more to do, then checks. */
@Command(
    name = "wait",
    description = {
      "Wait until the daemon has done all that it can do now, then check.",
      "Progress goes to standard error."
    },
    mixinStandardHelpOptions = true)
final class WaitCommand implements Callable<Integer> {
  /** The daemon tells of changes at once; silence in between means only that it works. */
  private static final Duration NO_LIMIT = Duration.ofDays(365);

  private final Host host;

  @Option(names = "--kernel", paramLabel = "RELEASE", description = "Check this kernel only.")
  private @Nullable String kernel;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Give up after this time, with exit status 5.")
  private @Nullable Integer timeout;

  private @Nullable String told;

  WaitCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws Failure, InterruptedException {
    if (timeout != null && timeout < 0) {
      throw new Failure(ExitStatus.USAGE, "--timeout " + timeout + ": expected 0 or more seconds");
    }
    Host.Seen seen = host.look();
    Status status =
        seen.source() == Host.Source.DAEMON && seen.status().busy()
            ? host.daemon(this::untilSettled)
            : seen.status();
    return Result.print(Host.select(status, kernel), host.out()).code();
  }

  private Status untilSettled(Client client) throws IOException, VarlinkException, Failure {
    Duration limit = timeout == null ? NO_LIMIT : Duration.ofSeconds(timeout);
    long deadline = System.nanoTime() + limit.toNanos();
    client.watch();
    while (true) {
      try {
        Status status = client.next(Duration.ofNanos(deadline - System.nanoTime()));
        if (!status.busy()) {
          return status;
        }
        tell(status.activity());
      } catch (SocketTimeoutException over) {
        throw new Failure(
            ExitStatus.TIMED_OUT,
            "still at work after " + timeout + " s; 'kmodkeeper status' shows on what");
      }
    }
  }

  private void tell(Status.@Nullable Activity activity) {
    String line = activity == null ? "looking" : StatusTable.progress(activity);
    if (!Objects.equals(line, told)) {
      host.err().println("kmodkeeper: " + line);
      told = line;
    }
  }
}
