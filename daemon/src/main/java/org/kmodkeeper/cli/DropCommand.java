package org.kmodkeeper.cli;

import org.kmodkeeper.adopt.Drop;
import org.kmodkeeper.adopt.StepRunner;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Undoes an adoption. */
@Command(
    name = "drop",
    description = {
      "Stop managing a driver and undo what was done for it.",
      "Its modules are removed from every kernel, the kernels' own are restored, and it",
      "is unregistered with dkms. Its source stays in /usr/src. What is loaded stays",
      "loaded until a reboot. The command can safely be repeated."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  kmodkeeper drop --dry-run ixgbevf", "  kmodkeeper drop --purge ixgbevf"})
final class DropCommand implements Subcommand {
  @Parameters(paramLabel = "NAME", description = "The driver's name.")
  private String name = "";

  @Option(names = "--purge", description = "Also remove its source, in all versions.")
  private boolean purge;

  @Option(names = "--dry-run", description = "Print the steps and do nothing.")
  private boolean dryRun;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    host.requireRoot();
    var steps =
        new StepRunner(dryRun ? StepRunner.Mode.DRY_RUN : StepRunner.Mode.DO, host.out()::println);
    Drop.Sources sources = purge ? Drop.Sources.GO : Drop.Sources.STAY;
    InterruptibleTask.of(
        () ->
            new Drop(host.paths(), host.runner(), host.settings(), steps)
                .drop(name, sources, host::reload));
    if (dryRun) {
      host.out().println(steps.endOfDryRun());
    } else {
      // What is loaded is not ours to unload: it may be what this is typed over.
      host.out().println(name + " is dropped. What is loaded stays loaded until a reboot.");
      host.reload();
    }
    return ExitStatus.ofDryRun(dryRun && !steps.changed()).code();
  }
}
