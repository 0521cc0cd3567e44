package org.kmodkeeper.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.NextBoot;
import org.kmodkeeper.api.Status;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says by its exit status whether every kernel is bootable. */
@Command(
    name = "check",
    description = {
      "Exit with 0 if every required driver is ready for every kernel.",
      "Otherwise print each reason and exit with the status of the first.",
      "With --reboot only the kernel counts that the boot loader boots next."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  private final Host host;

  @Option(names = "--kernel", paramLabel = "RELEASE", description = "Check this kernel only.")
  private @Nullable String kernel;

  @Option(names = "--reboot", description = "Check whether a reboot is safe now.")
  private boolean reboot;

  CheckCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws Failure, InterruptedException {
    if (reboot && kernel != null) {
      throw new Failure(
          ExitStatus.USAGE, "--reboot checks the kernel that boots next: leave out --kernel");
    }
    Status status = host.look().status();
    return reboot
        ? reboot(status, host.nextBoot()).code()
        : Result.print(Host.select(status, kernel), host.out()).code();
  }

  private ExitStatus reboot(Status status, NextBoot boot) throws Failure {
    if (boot.transaction()) {
      throw new Failure(
          ExitStatus.UNKNOWN, "a package transaction is running: what boots next is not settled");
    }
    if (boot.trouble() != null) {
      host.err().println("kmodkeeper: " + boot.trouble());
    }
    @Nullable String next = boot.next();
    if (next == null) {
      // Whichever it is: it is safe if all are.
      return Result.print(status.kernels(), host.out());
    }
    if (boot.heldFor() != null) {
      host.err()
          .println("kmodkeeper: held for kernel " + boot.heldFor() + ", which is not bootable yet");
    }
    return Result.print(next, status, host.out());
  }
}
