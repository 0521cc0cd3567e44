package org.kmodkeeper.host;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.kmodkeeper.process.Command;

/**
 * Commands that run as a transient unit, without the confinement of the daemon's service. The
 * script {@code transient-unit} does it; where systemd does not run, nothing confines the daemon,
 * and a command just runs.
 *
 * <p>Each command has a log.
 */
public final class TransientUnit {
  private final HostPaths paths;

  public TransientUnit(HostPaths paths) {
    this.paths = paths;
  }

  /** The command goes on when the daemon ends; the next one of that unit waits for its end. */
  Command lasting(String unit, Command command) {
    return wrapped(List.of(unit), command);
  }

  /** The command ends with the daemon, and at its time limit. */
  public Command bound(String unit, Command command) {
    return wrapped(List.of("--bound", unit), command);
  }

  private Command wrapped(List<String> options, Command command) {
    if (!Files.isDirectory(paths.systemdRuns())) {
      return command;
    }
    List<String> argv = new ArrayList<>();
    argv.add(paths.transientUnit().toString());
    argv.addAll(options);
    argv.add(Objects.requireNonNull(command.log(), "a unit has a log").toString());
    argv.addAll(command.argv());
    return new Command(
        argv, command.environment(), command.directory(), command.limit(), command.log());
  }
}
