package org.kmodkeeper.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.NextBoot;
import org.kmodkeeper.api.View;
import org.kmodkeeper.model.KebabCase;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.report.Terminal;
import org.kmodkeeper.varlink.VarlinkException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private final JsonOutput json = new JsonOutput();

  /**
   * The fields of {@code guard release --json}, after {@code source}.
   *
   * @param kernel what boots next, or null if no hold was in force
   */
  record Released(@Nullable String kernel) {}

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    switch (what) {
      case "status" -> host.read(view -> status(view, host));
      case "release" -> host.read(view -> release(view, host));
      default -> throw ExitStatus.USAGE.because("guard " + what + ": expected status or release");
    }
    return ExitStatus.OK.code();
  }

  private boolean status(View view, CommandContext host)
      throws IOException, VarlinkException, InterruptedException {
    NextBoot boot = view.nextBoot();
    if (json.wanted()) {
      JsonOutput.print(view.source(), boot, host);
    } else {
      print(boot, host.screen());
    }
    return true;
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

  private boolean release(View view, CommandContext host)
      throws IOException, VarlinkException, InterruptedException {
    @Nullable String kernel = view.release().orElse(null);
    if (json.wanted()) {
      JsonOutput.print(view.source(), new Released(kernel), host);
    } else {
      host.screen()
          .line(
              kernel == null
                  ? "no hold is in force"
                  : "kernel "
                      + kernel
                      + " boots next; run 'kmodkeeper check --reboot' before you reboot");
    }
    return true;
  }
}
