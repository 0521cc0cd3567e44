package org.kmodkeeper.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.NextBoot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What boots next: tells it, or ends a hold. */
@Command(
    name = "guard",
    description = {
      "status: tell what boots next, and whether that is held back.",
      "release: let the kernel boot next that an update made the default, ready or not."
    },
    mixinStandardHelpOptions = true)
final class GuardCommand implements Callable<Integer> {
  private final Host host;

  @Parameters(paramLabel = "status|release", description = "What to do.")
  private String what = "";

  GuardCommand(Host host) {
    this.host = host;
  }

  @Override
  public Integer call() throws Failure {
    switch (what) {
      case "status" -> print(host.nextBoot(), host.out());
      case "release" -> release();
      default ->
          throw new Failure(ExitStatus.USAGE, "guard " + what + ": expected status or release");
    }
    return ExitStatus.OK.code();
  }

  private static void print(NextBoot boot, PrintStream out) {
    @Nullable String loader = boot.loader();
    out.println("guard        " + boot.guard());
    out.println("boot loader  " + (loader == null ? "unknown" : loader));
    out.println("boots next   " + orUnknown(boot.next()));
    if (boot.once() != null) {
      out.println("after that   " + orUnknown(boot.kernel()));
    }
    if (boot.heldFor() != null) {
      out.println("held for     " + boot.heldFor() + ", since " + boot.heldSince());
    }
    if (boot.transaction()) {
      out.println("note         a package transaction is running");
    }
    if (boot.trouble() != null) {
      out.println("note         " + boot.trouble());
    }
  }

  private static String orUnknown(@Nullable String kernel) {
    return kernel == null ? "unknown" : "kernel " + kernel;
  }

  private void release() throws Failure {
    host.out()
        .println(
            host.release()
                .map(
                    kernel ->
                        "kernel "
                            + kernel
                            + " boots next; 'kmodkeeper check --reboot' says what it lacks")
                .orElse("no hold is in force"));
  }
}
