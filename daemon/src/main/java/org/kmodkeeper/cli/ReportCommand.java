package org.kmodkeeper.cli;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.AtomicFile;
import org.kmodkeeper.host.HostIdentity;
import org.kmodkeeper.report.FleetPage;
import org.kmodkeeper.report.FleetReport;
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
      "history; or, with --from, many hosts, the worst first. It loads nothing."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  kmodkeeper report --html \"/var/tmp/drivers-$(uname -n)-$(date +%%F).html\"",
      "  for host in web1 web2; do",
      "    ssh $host kmodkeeper status --json >hosts/$host.json",
      "  done; kmodkeeper report --from hosts --html hosts.html"
    })
final class ReportCommand implements Subcommand {
  @Option(
      names = "--html",
      required = true,
      paramLabel = "FILE",
      description = "The file to write; - for standard output.")
  private String file = "";

  @Option(
      names = "--from",
      paramLabel = "DIR",
      description = "Show the hosts whose 'status --json' is in DIR/HOST.json.")
  private @Nullable String directory;

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    @Nullable Path target = file.equals("-") ? null : target();
    if (directory != null) {
      FleetReport fleet = fleet(path(directory), host);
      write(target, host, out -> FleetPage.write(fleet, out));
      return ExitStatus.OK.code();
    }
    HostReport report =
        host.read(
            view -> HostReport.read(view, HostIdentity.read(host.paths()), host.clock().instant()));
    String page = ReportPage.of(report);
    write(target, host, out -> out.write(page));
    return ExitStatus.OK.code();
  }

  private static FleetReport fleet(Path from, CommandContext host) throws CommandFailedException {
    FleetReport fleet;
    try {
      fleet = FleetReport.read(from, host.clock().instant());
    } catch (NotDirectoryException | NoSuchFileException other) {
      throw ExitStatus.FAILURE.because(
          from + " is not a directory; collect the hosts' files in one: --from DIR");
    } catch (AccessDeniedException denied) {
      throw ExitStatus.NOT_PERMITTED.because(from + " cannot be read: use sudo");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because(from + " cannot be read: " + failed);
    }
    if (fleet.isTooLong()) {
      throw ExitStatus.FAILURE.because(
          from + " has more than " + FleetReport.MAX_FILES + " files; use several directories");
    }
    if (fleet.hosts().isEmpty()) {
      throw ExitStatus.FAILURE.because(
          "no HOST.json is in " + from + "; write one per host: kmodkeeper status --json");
    }
    if (fleet.unusable() > 0) {
      host.errorScreen()
          .line(
              "kmodkeeper: nothing is known of %d of %d hosts; the page says why"
                  .formatted(fleet.unusable(), fleet.hosts().size()));
    }
    return fleet;
  }

  private static Path path(String name) throws CommandFailedException {
    try {
      return Path.of(name).toAbsolutePath();
    } catch (InvalidPathException strange) {
      throw ExitStatus.USAGE.because(TextSanitizer.quoted(name) + " cannot be a file's name");
    }
  }

  /** Where to write; checked before anything is read. */
  private Path target() throws CommandFailedException {
    Path path = path(file);
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

  private static void write(@Nullable Path path, CommandContext host, AtomicFile.Text page)
      throws CommandFailedException {
    try {
      if (path == null) {
        var out = new OutputStreamWriter(host.out(), StandardCharsets.UTF_8);
        page.into(out);
        out.flush();
      } else {
        AtomicFile.writeForCaller(path, page);
      }
    } catch (AccessDeniedException denied) {
      throw ExitStatus.NOT_PERMITTED.because(
          path + " cannot be written: name a file elsewhere, or use sudo");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because(path + " cannot be written: " + failed);
    }
  }
}
