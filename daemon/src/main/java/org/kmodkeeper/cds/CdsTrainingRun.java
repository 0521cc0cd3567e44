package org.kmodkeeper.cds;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.OptionalInt;
import org.kmodkeeper.cli.CommandContext;
import org.kmodkeeper.cli.CommandMain;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.daemon.Daemon;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.systemd.JournalAppender;
import org.kmodkeeper.systemd.ServiceNotification;

/**
 * A short run of daemon and command below a separate root, for {@code make-cds}: what it loads is
 * what both programs need at their start.
 */
public final class CdsTrainingRun {
  private CdsTrainingRun() {}

  /** Takes one argument: an empty directory for the root. */
  public static void main(String[] arguments)
      throws IOException, ConfigurationException, InterruptedException {
    var paths = new HostPaths(Path.of(arguments[0]).toAbsolutePath());
    Path tree = Files.createDirectories(paths.modules().resolve("6.1.0-1.el9.x86_64"));
    Files.createFile(tree.resolve("vmlinuz"));
    Files.createFile(tree.resolve("modules.order"));
    Files.createDirectories(paths.sources().resolve("ixgbevf-1"));
    Path drivers = Files.createDirectories(paths.configuration().resolve("drivers.d"));
    Files.writeString(drivers.resolve("ixgbevf.conf"), "[driver]\nmodules = ixgbevf\n");
    Files.writeString(
        paths.configuration().resolve("kmodkeeper.conf"), "[main]\ninstall-headers = no\n");
    JournalAppender.attach(paths.journalSocket(), "kmodkeeperd");
    var output = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    var host =
        new CommandContext(paths, SearchPath.SYSTEM, Map.of(), Clock.systemUTC(), output, output);
    try (Daemon daemon =
        Daemon.start(
            paths,
            new CommandRunner(SearchPath.SYSTEM),
            Clock.systemUTC(),
            OptionalInt.empty(),
            new ServiceNotification(null)::status)) {
      daemon.work();
      CommandMain.run(host, "notify");
      CommandMain.run(host, "wait", "--timeout", "5");
      daemon.reload();
      CommandMain.run(host, "status");
      CommandMain.run(host, "status", "--json");
      CommandMain.run(host, "explain", "newest");
      CommandMain.run(host, "check");
      CommandMain.run(host, "history");
      CommandMain.run(host, "log");
      CommandMain.run(host, "report", "--html", "-");
      CommandMain.run(host, "rebuild", "--driver", "none");
    }
    CommandMain.run(host, "status");
  }
}
