package org.kmodkeeper.initramfs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.BoundedLineReader;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.TransientUnit;
import org.kmodkeeper.text.TextSanitizer;

/** dracut(8). */
public final class InitramfsBuilder {
  private static final String DRACUT = "dracut";
  private static final int MAX_LINE_LENGTH = 240;

  private static final Pattern NO_SPACE = Pattern.compile("No space left on device");
  private static final Pattern COMPLAINT =
      Pattern.compile("(?i)\\berror\\b|\\bfailed\\b|\\bfatal\\b|cannot |can't |^E: ");

  private static final String UNIT = "kmodkeeper-initramfs.service";

  private final CommandRunner runner;
  private final UnaryOperator<Command> surroundings;

  /** For a program that nothing confines. */
  public InitramfsBuilder(CommandRunner runner) {
    this(runner, UnaryOperator.identity());
  }

  private InitramfsBuilder(CommandRunner runner, UnaryOperator<Command> surroundings) {
    this.runner = runner;
    this.surroundings = surroundings;
  }

  /**
   * For the daemon: its service has no device nodes, and with {@code hostonly=yes} dracut 059 would
   * leave out the drivers and filesystems of disks that it does not see, and still exit with 0.
   */
  public static InitramfsBuilder forDaemon(HostPaths paths, CommandRunner runner) {
    var unit = new TransientUnit(paths.transientUnit(), paths.systemdRuns());
    return new InitramfsBuilder(runner, command -> unit.bound(UNIT, command));
  }

  /** Whether this host has it. */
  public boolean isInstalled() {
    return runner.searchPath().find(DRACUT).isPresent();
  }

  /**
   * Makes an image with the host's own configuration, as the kernel's package does.
   *
   * @param image does not exist yet
   * @param scratch a directory for temporary files; killed programs leave theirs there
   */
  public Completed build(Kernel kernel, Path image, Path scratch, Duration limit, Path log)
      throws IOException, InterruptedException {
    String temporary = scratch.toString();
    Command build =
        Command.of(DRACUT, "--force", "--tmpdir", temporary, image.toString(), kernel.release())
            .with("TMPDIR", temporary)
            .within(limit)
            .loggingTo(log);
    return runner.run(surroundings.apply(build));
  }

  /** The line that best tells why it failed: a full disk, else the last complaint. */
  public Optional<String> complaint(Path log) throws IOException {
    @Nullable String complaint = null;
    try (InputStream in = Files.newInputStream(log)) {
      var lines = new BoundedLineReader(in);
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (NO_SPACE.matcher(line).find()) {
          return Optional.of(readable(line));
        }
        complaint = COMPLAINT.matcher(line).find() ? readable(line) : complaint;
      }
    }
    return Optional.ofNullable(complaint);
  }

  private static String readable(String line) {
    return TextSanitizer.line(line.strip(), MAX_LINE_LENGTH);
  }
}
