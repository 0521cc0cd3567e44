package org.kmodkeeper.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.adopt.Adoption;
import org.kmodkeeper.adopt.Identity;
import org.kmodkeeper.adopt.StepRunner;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a driver's source in, and has the daemon keep it. */
@Command(
    name = "adopt",
    description = {
      "Take a driver's source in and manage the driver for every kernel.",
      "The source is checked, put into /usr/src, given a dkms.conf if it has none, and",
      "registered with dkms. A version that is ready stays until the new one is proven",
      "for each kernel. The command can safely be repeated."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper adopt ixgbevf-4.18.7.tar.gz && kmodkeeper wait",
      "  kmodkeeper adopt --dry-run ixgbevf-4.18.7.tar.gz",
      "  kmodkeeper adopt ~/checkout --name ixgbevf --version 4.18.7"
    })
final class AdoptCommand implements Subcommand {
  @Parameters(
      paramLabel = "SOURCE",
      description = "An archive (.tar, .tar.gz, .tar.xz, .tar.zst) or a directory.")
  private Path source = Path.of("");

  @Option(
      names = "--directory",
      paramLabel = "DIRECTORY",
      description = "Where in SOURCE the driver is, if it contains several.")
  private @Nullable Path directory;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The driver's name; default: as its dkms.conf or directory says.")
  private @Nullable String name;

  @Option(
      names = "--version",
      paramLabel = "VERSION",
      description = "The driver's version; default: likewise.")
  private @Nullable String version;

  // The standard ones are --help and --version together.
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  boolean help;

  @Option(names = "--dry-run", description = "Print the steps and do nothing.")
  private boolean dryRun;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    if (directory != null && directory.toString().isEmpty()) {
      throw ExitStatus.USAGE.because("--directory \"\": expected a directory in SOURCE");
    }
    host.requireRoot();
    var steps =
        new StepRunner(dryRun ? StepRunner.Mode.DRY_RUN : StepRunner.Mode.DO, host.out()::println);
    Path within = directory == null ? Path.of("") : directory;
    var request = new Adoption.AdoptRequest(source, within, new Identity.Hint(name, version));
    InterruptibleTask.of(
        () ->
            new Adoption(host.paths(), host.runner(), host.settings(), host.clock(), steps)
                .adopt(request));
    host.out().println(dryRun ? steps.endOfDryRun() : next(steps, host));
    return ExitStatus.ofDryRun(dryRun && !steps.changed()).code();
  }

  /** Tells the daemon, also if an earlier run was killed before it could. */
  private String next(StepRunner steps, CommandContext host) throws CommandFailedException {
    if (!host.reload()) {
      return "The daemon does not run: systemctl enable --now kmodkeeper";
    }
    return steps.changed()
        ? "The daemon makes it ready for every kernel: kmodkeeper wait"
        : "Nothing to do: it is already adopted.";
  }
}
