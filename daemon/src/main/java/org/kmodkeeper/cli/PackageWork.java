package org.kmodkeeper.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.fleet.MissingProgramException;
import org.kmodkeeper.fleet.Publication;
import org.kmodkeeper.fleet.Signing;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.report.Terminal;

/** What the commands that make packages have in common. */
record PackageWork(CommandContext host, Publication packages) {
  /** What they do. */
  interface Task {
    Publication.Outcome on(Publication packages) throws IOException, InterruptedException;
  }

  static PackageWork of(CommandContext host, Signing signing) throws CommandFailedException {
    return new PackageWork(
        host, new Publication(host.paths(), host.runner(), host.settings(), host.clock(), signing));
  }

  static Publication.Request request(
      @Nullable String release, @Nullable String driver, int keep, boolean freshly)
      throws CommandFailedException {
    if (release != null && !Kernel.isRelease(release)) {
      throw ExitStatus.USAGE.because("--kernel " + release + " is no kernel's release");
    }
    return new Publication.Request(
        release == null ? null : new Kernel(release), driver, keep, freshly);
  }

  Publication.Outcome run(Task task) throws CommandFailedException {
    List<Publication.Outcome> done = new ArrayList<>();
    InterruptibleTask.of(
        () -> {
          try {
            done.add(task.on(packages));
          } catch (MissingProgramException missing) {
            throw ExitStatus.PROGRAM_MISSING.because(String.valueOf(missing.getMessage()));
          }
        });
    return done.get(0);
  }

  /** Prints what there is no package for; the exit status. */
  int report(Publication.Outcome done, @Nullable String driver) throws CommandFailedException {
    if (done.drivers() == 0) {
      throw ExitStatus.NOT_FOUND.because(
          driver == null
              ? "no driver with a source is managed"
              : "no driver " + driver + " with a source is managed");
    }
    done.refusals()
        .forEach(
            refusal -> host.err().println("kmodkeeper: " + Terminal.printable(refusal.line())));
    return done.refusals().stream()
        .filter(Publication.Refusal::required)
        .map(Publication.Refusal::verdict)
        .mapToInt(verdict -> verdict == null ? ExitStatus.FAILURE.code() : verdict.exitStatus())
        .findFirst()
        .orElse(ExitStatus.OK.code());
  }
}
