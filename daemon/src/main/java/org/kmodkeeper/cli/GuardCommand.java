package org.kmodkeeper.cli;

import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.NextBoot;
import org.kmodkeeper.api.View;
import org.kmodkeeper.model.KebabCase;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.report.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows what boots next, or ends a hold. */
@Command(
    name = "guard",
    description = {
      "Show or change what boots next.",
      "status: show what boots next, and whether a kernel is held back.",
      "release: end a hold; the kernel that an update chose boots next, ready or not."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  kmodkeeper guard status", "  kmodkeeper guard release && reboot"})
final class GuardCommand implements Subcommand {
  @Parameters(paramLabel = "status|release", description = "What to do.")
  private String what = "";

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    switch (what) {
      case "status" -> print(host.read(View::nextBoot), host.screen());
      case "release" -> release(host);
      default -> throw ExitStatus.USAGE.because("guard " + what + ": expected status or release");
    }
    return ExitStatus.OK.code();
  }

  private static void print(NextBoot boot, Terminal screen) {
    @Nullable String loader = boot.loader();
    screen.line("guard        " + KebabCase.of(boot.guard()));
    screen.line("boot loader  " + (loader == null ? "unknown" : loader));
    screen.line("boots next   " + orUnknown(boot.next()));
    if (boot.once() != null) {
      screen.line("after that   " + orUnknown(boot.kernel()));
    }
    if (boot.heldFor() != null) {
      screen.line("held for     " + boot.heldFor() + ", since " + boot.heldSince());
    }
    if (boot.transaction()) {
      screen.line("note         a package transaction is running");
    }
    if (boot.trouble() != null) {
      screen.line("note         " + boot.trouble());
    }
  }

  private static String orUnknown(@Nullable Kernel kernel) {
    return kernel == null ? "unknown" : "kernel " + kernel;
  }

  private void release(CommandContext host) throws CommandFailedException {
    host.screen()
        .line(
            host.read(View::release)
                .map(
                    kernel ->
                        "kernel "
                            + kernel
                            + " boots next; run 'kmodkeeper check --reboot' before you reboot")
                .orElse("no hold is in force"));
  }
}
