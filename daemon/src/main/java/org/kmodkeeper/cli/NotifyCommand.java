package org.kmodkeeper.cli;

import java.util.ArrayList;
import java.util.List;
import org.kmodkeeper.api.Notification;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.text.TextSanitizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells the daemon to look again, as the package managers' plugins do. */
@Command(
    name = "notify",
    description = "Ask the daemon to check the host, as package managers do.",
    footerHeading = "%nExamples:%n",
    footer = {"  kmodkeeper notify --installed \"$(uname -r)\" --origin rpm"})
final class NotifyCommand implements Subcommand {
  @Option(
      names = "--installed",
      paramLabel = "RELEASE",
      description = "A kernel that was installed.")
  private List<String> installed = new ArrayList<>();

  @Option(names = "--removed", paramLabel = "RELEASE", description = "A kernel that was removed.")
  private List<String> removed = new ArrayList<>();

  @Option(names = "--headers", description = "Kernel headers changed.")
  private boolean headers;

  @Option(names = "--sources", description = "Drivers' sources changed.")
  private boolean sources;

  @Option(names = "--tools", description = "Compiler, make or dkms changed.")
  private boolean tools;

  @Option(
      names = "--origin",
      paramLabel = "WORD",
      description = "The caller's name; default: ${DEFAULT-VALUE}.",
      defaultValue = "command")
  private String origin = "command";

  @Override
  public int run(CommandContext host) throws CommandFailedException {
    requireReleases(installed);
    requireReleases(removed);
    var notification = new Notification(installed, removed, headers, sources, tools, origin);
    host.daemon(
        client -> {
          client.tell(notification);
          return ExitStatus.OK;
        });
    return ExitStatus.OK.code();
  }

  private static void requireReleases(List<String> releases) throws CommandFailedException {
    for (String release : releases) {
      if (!Kernel.isRelease(release)) {
        throw ExitStatus.USAGE.because(
            TextSanitizer.quoted(release) + " is not a kernel release as uname -r prints it");
      }
    }
  }
}
