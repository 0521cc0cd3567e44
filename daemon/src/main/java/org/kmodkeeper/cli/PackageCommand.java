package org.kmodkeeper.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.fleet.Publication;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes rpm packages of stored builds. */
@Command(
    name = "package",
    description = {
      "Make rpm packages of the stored builds, for hosts that build nothing.",
      "Each driver gets DRIVER-kmod-common, and kmod-DRIVER-KERNEL for each kernel that has a",
      "stored build of its own from the driver's source as it is now. The path of each package",
      "is printed. The same build makes the same package."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper package --output /tmp",
      "  kmodkeeper package --driver ixgbevf --kernel 5.14.0-611.el9.x86_64"
    })
final class PackageCommand implements Subcommand {
  @Option(
      names = "--kernel",
      paramLabel = "RELEASE",
      description = "Only the builds for this kernel.")
  private @Nullable String release;

  @Option(names = "--driver", paramLabel = "NAME", description = "Only this driver.")
  private @Nullable String driver;

  @Option(
      names = "--output",
      paramLabel = "DIRECTORY",
      description = "Where the packages go (default: the working directory).")
  private Path output = Path.of("");

  @Mixin private final SigningOptions signing = new SigningOptions();

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    host.requireRoot();
    var work = PackageWork.of(host, signing.signing());
    var request = PackageWork.request(release, driver, 0, true);
    Publication.Outcome done =
        work.run(packages -> packages.pack(output.toAbsolutePath(), request));
    done.made().forEach(file -> host.out().println(file));
    int status = work.report(done, driver);
    if (done.packages() == 0 && done.refusals().isEmpty()) {
      throw ExitStatus.NOT_FOUND.because(
          "nothing to package: no build from a managed driver's present source is stored"
              + (release == null ? "" : " for kernel " + release)
              + "; 'kmodkeeper store' lists all");
    }
    return status;
  }
}
