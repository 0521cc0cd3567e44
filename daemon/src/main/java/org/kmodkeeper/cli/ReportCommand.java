package org.kmodkeeper.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostIdentity;
import org.kmodkeeper.report.HostReport;
import org.kmodkeeper.report.ReportPage;
import org.kmodkeeper.text.TextSanitizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes all there is to know to a page that can be filed. */
@Command(
    name = "report",
    description = {
      "Write a self-contained page for your records.",
      "It shows this host's kernels and drivers, each verdict with its evidence, and the",
      "history. It contains no scripts and loads nothing."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper report --html \"/var/tmp/drivers-$(uname -n)-$(date +%%F).html\"",
      "  ssh HOST kmodkeeper report --html - >HOST.html"
    })
final class ReportCommand implements Subcommand {
  @Option(
      names = "--html",
      required = true,
      paramLabel = "FILE",
      description = "The file to write; - for standard output.")
  private String file = "";

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    @Nullable Path target = file.equals("-") ? null : target();
    HostReport report =
        host.read(
            view -> HostReport.read(view, HostIdentity.read(host.paths()), host.clock().instant()));
    String page = ReportPage.of(report);
    if (target == null) {
      host.out().print(page);
    } else {
      write(target, page);
    }
    return ExitStatus.OK.code();
  }

  /** Where to write; checked before anything is read. */
  private Path target() throws CommandFailedException {
    Path path;
    try {
      path = Path.of(file).toAbsolutePath();
    } catch (InvalidPathException strange) {
      throw ExitStatus.USAGE.because(TextSanitizer.quoted(file) + " cannot be a file's name");
    }
    if (Files.isDirectory(path)) {
      throw ExitStatus.FAILURE.because(
          path + " is a directory; name a file in it: --html " + path.resolve("drivers.html"));
    }
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw ExitStatus.FAILURE.because(
          path + " is not a regular file; name another one, or - for standard output");
    }
    @Nullable Path directory = path.getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw ExitStatus.FAILURE.because(
          directory + " is not a directory; create it, or name a file elsewhere");
    }
    return path;
  }

  private static void write(Path path, String page) throws CommandFailedException {
    try {
      AtomicFile.writeForCaller(path, page);
    } catch (AccessDeniedException denied) {
      throw ExitStatus.NOT_PERMITTED.because(
          path + " cannot be written: name a file elsewhere, or use sudo");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because(path + " cannot be written: " + failed);
    }
  }
}
