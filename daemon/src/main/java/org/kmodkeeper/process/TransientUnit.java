package org.kmodkeeper.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Commands that run as a transient unit, without the confinement of the daemon's service. The
 * script {@code transient-unit} does it; where systemd does not run, nothing confines the daemon,
 * and a command just runs.
 *
 * <p>Each command has a log.
 */
public final class TransientUnit {
  private final Path script;
  private final Path systemd;

  /**
   * @param script where {@code transient-unit} is
   * @param systemd there while systemd manages this host: sd_booted(3)
   */
  public TransientUnit(Path script, Path systemd) {
    this.script = script;
    this.systemd = systemd;
  }

  /** The command goes on when the daemon ends; the next one of that unit waits for its end. */
  public Command lasting(String unit, Command command) {
    return wrapped(List.of(unit), command);
  }

  /** The command ends with the daemon, and at its time limit. */
  public Command bound(String unit, Command command) {
    return wrapped(List.of("--bound", unit), command);
  }

  private Command wrapped(List<String> options, Command command) {
    if (!Files.isDirectory(systemd)) {
      return command;
    }
    List<String> argv = new ArrayList<>();
    argv.add(script.toString());
    argv.addAll(options);
    argv.add(Objects.requireNonNull(command.log(), "a unit has a log").toString());
    return command.by(argv);
  }
}
