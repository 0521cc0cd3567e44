package org.kmodkeeper.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.kmodkeeper.config.ConfigurationException;
import org.kmodkeeper.daemon.Daemon;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.report.Terminal;
import org.kmodkeeper.testing.TestClock;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The command below a root of its own, and what it prints. */
public final class TestTerminal {
  public static final String KERNEL = "6.1.0-1.el9.x86_64";

  public final HostPaths paths;
  public final TestClock clock = new TestClock();
  private final Map<String, String> environment = new HashMap<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private SearchPath programs = SearchPath.SYSTEM;
  private Runnable afterError = () -> {};

  public TestTerminal(Path root) {
    this.paths = new HostPaths(root);
  }

  /** People look at what is printed, on a terminal of that type. */
  public TestTerminal ofType(String type) throws IOException {
    environment.put("TERM", type);
    for (int descriptor = 1; descriptor <= 2; descriptor++) {
      Path link = paths.ownDescriptor(descriptor);
      Files.createDirectories(link.getParent());
      Files.createSymbolicLink(link, Path.of("/dev/pts/7"));
    }
    return this;
  }

  /** Programs of that directory come before the host's own. */
  public TestTerminal withPrograms(Path directory) {
    programs = new SearchPath(List.of(directory, Path.of("/usr/bin"), Path.of("/bin")));
    return this;
  }

  public TestTerminal with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Does something as soon as the command has printed a line to its standard error. */
  public TestTerminal afterError(Runnable action) {
    afterError = action;
    return this;
  }

  /** Puts a kernel there, without headers. */
  public TestTerminal withKernel(String release) throws IOException {
    Path tree = Files.createDirectories(paths.modules().resolve(release));
    Files.createFile(tree.resolve("vmlinuz"));
    Files.createFile(tree.resolve("modules.order"));
    return this;
  }

  /** Puts a driver's source and configuration there. */
  public TestTerminal withDriver(String name, String settings) throws IOException {
    Files.createDirectories(paths.sources().resolve(name + "-1"));
    Path drivers = Files.createDirectories(paths.configuration().resolve("drivers.d"));
    Files.writeString(
        paths.configuration().resolve("kmodkeeper.conf"), "[main]\ninstall-headers = no\n");
    Files.writeString(drivers.resolve(name + ".conf"), "[driver]\n" + settings);
    return this;
  }

  public Daemon startDaemon() throws IOException, ConfigurationException {
    Daemon daemon =
        Daemon.start(
            paths,
            new CommandRunner(SearchPath.SYSTEM),
            Clock.systemUTC(),
            OptionalInt.empty(),
            doing -> {});
    daemon.work();
    return daemon;
  }

  /** Runs a command line; its output is kept until the next one. */
  public int run(String... arguments) {
    out.reset();
    err.reset();
    return CommandMain.run(host(), arguments);
  }

  /** All commands with their options. */
  static Map<String, CommandLine> commands() {
    return CommandMain.commands(name -> true).getSubcommands();
  }

  public static CommandSpec command(String name) {
    return Objects.requireNonNull(commands().get(name), name).getCommandSpec();
  }

  /** A screen to print on; what was printed before is forgotten. */
  public Terminal screen() {
    out.reset();
    return host().screen();
  }

  private CommandContext host() {
    return new CommandContext(paths, programs, environment, clock, stream(out), errors());
  }

  public String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  public String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private PrintStream errors() {
    return new PrintStream(err, true, StandardCharsets.UTF_8) {
      @Override
      public void println(String line) {
        super.println(line);
        afterError.run();
      }
    };
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }
}
