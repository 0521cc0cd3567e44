package org.kmodkeeper.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.api.Notification;
import org.kmodkeeper.fleet.Publication;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Keeps a repository of drivers' modules. */
@Command(
    name = "publish",
    description = {
      "Keep a repository with packages of each driver for each kernel, for hosts that build",
      "nothing. Drivers are built for the kernels that repositories offer, as preflight does,",
      "and what is not yet in DIRECTORY is packaged; so is what is stored for installed",
      "kernels. What is there already stays as it is. The exit status is 0 if each required",
      "driver has a package for each kernel or excludes it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper publish /srv/kmodkeeper",
      "  kmodkeeper publish /srv/kmodkeeper --sign-key modules@example.com",
      "  kmodkeeper publish /srv/kmodkeeper --sign-with 'ssh vault sign-packages'"
    })
final class PublishCommand implements Subcommand {
  private static final String KEPT = "3";

  @Parameters(
      paramLabel = "DIRECTORY",
      description = "The repository; it is made if it does not exist.")
  private Path directory = Path.of("");

  @Option(
      names = "--kernel",
      paramLabel = "RELEASE",
      description = {
        "Only this kernel, offered or installed (default: the installed ones, and those that",
        "preflight would answer for). Nothing is removed then."
      })
  private @Nullable String release;

  @Option(names = "--driver", paramLabel = "NAME", description = "Only this driver.")
  private @Nullable String driver;

  @Option(
      names = "--keep",
      paramLabel = "NUMBER",
      defaultValue = KEPT,
      description = {
        "How many packages of each driver stay whose kernel is neither offered nor installed,",
        "or that a newer one replaces (default: " + KEPT + ")."
      })
  private int keep;

  @Mixin private final SigningOptions signing = new SigningOptions();

  @Option(
      names = "--timer",
      description = {
        "As the timer does it: a driver is not built again for a kernel within a week, unless",
        "its source is another."
      })
  private boolean timer;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    if (directory.toString().isEmpty()) {
      throw ExitStatus.USAGE.because("DIRECTORY is empty: expected that of the repository");
    }
    if (keep < 0) {
      throw ExitStatus.USAGE.because("--keep " + keep + ": expected 0 or more");
    }
    host.requireRoot();
    var work = PackageWork.of(host, signing.signing());
    var request = PackageWork.request(release, driver, keep, !timer);
    Publication.Outcome done =
        work.run(
            packages ->
                packages.publish(
                    directory.toAbsolutePath(),
                    request,
                    what -> host.err().println("kmodkeeper: " + what + ", waiting for its end")));
    host.tell(new Notification(List.of(), List.of(), false, false, false, "publish"));
    done.made().forEach(file -> host.out().println("published " + file.getFileName()));
    done.removed().forEach(file -> host.out().println("removed " + file.getFileName()));
    if (done.drivers() > 0
        && done.packages() == 0
        && release != null
        && done.refusals().isEmpty()) {
      throw ExitStatus.NOT_FOUND.because(
          "kernel " + release + " is neither installed nor offered by an enabled repository");
    }
    int status = work.report(done, driver);
    boolean isComplete = done.refusals().stream().allMatch(refusal -> refusal.verdict() != null);
    if (isComplete && done.packages() > 0 && done.made().isEmpty() && done.removed().isEmpty()) {
      host.out()
          .println("Nothing to do: " + directory + " has all " + done.packages() + " packages.");
    }
    return status;
  }
}
