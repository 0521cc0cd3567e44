package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.Completed;

/**
 * Builds, and the reading of a dkms.conf, run foreign code: they get no network, a private {@code
 * /tmp}, and a system that they can only read, apart from the directories that they are given. The
 * script {@code confine} does it; without it, nothing is run on the host itself.
 */
final class Sandbox {
  /** Begins what the script says of itself on stderr. */
  static final String NOTE = "kmodkeeper: confine: ";

  /** Has no rights but to its build directory. */
  private static final String BUILDER = "kmodkeeper-build";

  /** How the script ends where it runs nothing. */
  private static final Completed.Ending REFUSED = new Completed.Exited(125);

  private final HostPaths paths;

  Sandbox(HostPaths paths) {
    this.paths = paths;
  }

  /** Whether nothing was run, since this host cannot confine it. */
  static boolean refused(Completed command) {
    return command.ending().equals(REFUSED);
  }

  /** The command, which builds, as an unprivileged user, who gets to own the build directory. */
  Command building(Command command, BuildSpace space) throws IOException {
    List<String> options =
        new ArrayList<>(List.of("--user", BUILDER, "--kernel", space.kernel().release()));
    // Else the kernel is not installed: in the build's own /lib/modules it has a tree with them.
    boolean installed = space.isForInstalled(paths);
    if (!installed) {
      options.addAll(List.of("--headers", space.headers().toString()));
    }
    options.addAll(rooted(space));
    options.addAll(urgency(space.priority()));
    boolean isOneTree = !installed || KernelVariables.isOneTree(paths, space.kernel());
    return confined(forKernel(command, space.kernel(), isOneTree), options, List.of(space.build()));
  }

  /** The command as root, for a tool that builds for that kernel and installs what it built. */
  Command building(
      Command command, Kernel kernel, BuildSpace.Priority priority, List<Path> writable)
      throws IOException {
    List<String> options = new ArrayList<>(List.of("--kernel", kernel.release()));
    options.addAll(urgency(priority));
    return confined(
        forKernel(command, kernel, KernelVariables.isOneTree(paths, kernel)), options, writable);
  }

  /** The command as root, where the build had its compiler. */
  Command finishing(Command command, BuildSpace space) throws IOException {
    return space.toolchain() == null
        ? command
        : confined(command, rooted(space), List.of(space.stage()));
  }

  private static List<String> rooted(BuildSpace space) {
    @Nullable Path toolchain = space.toolchain();
    return toolchain == null ? List.of() : List.of("--root", toolchain.toString());
  }

  private static List<String> urgency(BuildSpace.Priority priority) {
    return priority == BuildSpace.Priority.IDLE ? List.of("--idle") : List.of();
  }

  private Command forKernel(Command command, Kernel kernel, boolean isOneTree) {
    Command told = command;
    for (Map.Entry<String, String> variable :
        KernelVariables.of(paths, kernel, isOneTree).entrySet()) {
      if (!command.environment().containsKey(variable.getKey())) {
        told = told.with(variable.getKey(), variable.getValue());
      }
    }
    return told;
  }

  /** The command as an unprivileged user, who can only read. */
  Command unprivileged(Command command) throws IOException {
    return confined(command, List.of("--user", BUILDER), List.of());
  }

  /** The command as a user who can read everything, and has no other right. */
  Command reading(Command command) throws IOException {
    return confined(command, List.of("--reader"), List.of());
  }

  /** The command as root. */
  Command privileged(Command command, List<Path> writable) throws IOException {
    return confined(command, List.of(), writable);
  }

  private Command confined(Command command, List<String> options, List<Path> writable)
      throws IOException {
    if (!Files.isExecutable(paths.confine())) {
      if (paths.root().getNameCount() == 0) {
        throw new IOException(
            paths.confine() + " is missing and nothing is run without it: reinstall kmodkeeper");
      }
      return command;
    }
    List<String> argv = new ArrayList<>();
    argv.add(paths.confine().toString());
    argv.addAll(options);
    writable.stream()
        .filter(Files::isDirectory)
        .forEach(directory -> argv.addAll(List.of("--writable", directory.toString())));
    argv.add("--");
    return command.by(argv);
  }
}
