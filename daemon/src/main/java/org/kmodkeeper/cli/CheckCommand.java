package org.kmodkeeper.cli;

import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.NextBoot;
import org.kmodkeeper.api.Status;
import org.kmodkeeper.api.View;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reports by its exit status whether every kernel is bootable. */
@Command(
    name = "check",
    description = {
      "Report by the exit status whether every kernel is bootable.",
      "It is 0 if every required driver is ready for every kernel. Otherwise each",
      "reason is printed, and the first one determines the status. With --reboot, only",
      "the kernel that boots next counts, or all if the boot loader is not supported;",
      "the status is 29 while a package transaction runs, or if only the boot itself",
      "decides."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  kmodkeeper check --reboot && reboot", "  kmodkeeper check --kernel newest"})
final class CheckCommand implements Subcommand {
  @Mixin private final Selection selection = new Selection();

  @Option(names = "--reboot", description = "Check whether a reboot is safe now.")
  private boolean reboot;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    if (reboot && selection.hasKernel()) {
      throw ExitStatus.USAGE.because("--reboot checks the kernel that boots next: omit --kernel");
    }
    Status status = selection.of(host.look().status());
    var result = new BootableReport(host.screen(), selection.driver());
    return reboot ? reboot(status, result, host) : result.print(status);
  }

  private static int reboot(Status status, BootableReport result, CommandContext host)
      throws CommandFailedException {
    NextBoot boot = host.read(View::nextBoot);
    if (boot.transaction()) {
      throw new CommandFailedException(
          Verdict.UNKNOWN.exitStatus(),
          "a package transaction is running: what boots next may still change");
    }
    if (boot.trouble() != null) {
      host.errorScreen().line("kmodkeeper: " + boot.trouble());
    }
    @Nullable Kernel next = boot.next();
    if (next == null && boot.loader() != null) {
      // It may boot a kernel that is not known here.
      return Verdict.UNKNOWN.exitStatus();
    }
    if (boot.heldFor() != null) {
      host.errorScreen()
          .line("kmodkeeper: held for kernel " + boot.heldFor() + ", which is not bootable yet");
    }
    if (boot.lack() != null) {
      host.screen().line(boot.lack());
      return ExitStatus.NO_INITRAMFS.code();
    }
    // Whichever boots, it is safe if all are.
    return next == null ? result.print(status) : result.print(status, next.release());
  }
}
