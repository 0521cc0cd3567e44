package org.kmodkeeper.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks the daemon to build anew. */
@Command(
    name = "rebuild",
    description = {
      "Build anew, even what is ready; all drivers for all kernels unless told otherwise.",
      "Returns at once; 'kmodkeeper wait' waits for the end."
    },
    mixinStandardHelpOptions = true)
final class RebuildCommand implements Callable<Integer> {
  private final Host host;

  @Option(names = "--kernel", paramLabel = "RELEASE", description = "Build for this kernel only.")
  private @Nullable String kernel;

  @Option(names = "--driver", paramLabel = "NAME", description = "Build this driver only.")
  private @Nullable String driver;

  RebuildCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws Failure {
    int scheduled = host.daemon(client -> client.rebuild(kernel, driver));
    host.out()
        .println(scheduled == 1 ? "1 build is scheduled" : scheduled + " builds are scheduled");
    return ExitStatus.OK.code();
  }
}
