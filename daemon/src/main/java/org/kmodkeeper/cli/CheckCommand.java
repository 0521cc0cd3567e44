package org.kmodkeeper.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says by its exit status whether every kernel is bootable. */
@Command(
    name = "check",
    description = {
      "Exit with 0 if every required driver is ready for every kernel.",
      "Otherwise print each reason and exit with the status of the first."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  private final Host host;

  @Option(names = "--kernel", paramLabel = "RELEASE", description = "Check this kernel only.")
  private @Nullable String kernel;

  CheckCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws Failure, InterruptedException {
    return Result.print(Host.select(host.look().status(), kernel), host.out()).code();
  }
}
