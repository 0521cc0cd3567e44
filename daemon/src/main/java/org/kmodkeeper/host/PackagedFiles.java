package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.Path;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** Which files packages own, as rpm(8) tells. */
public final class PackagedFiles {
  /** rpm exits with 1 for this as for a database that it cannot read. */
  private static final String NOT_OWNED = "is not owned by any package";

  private final CommandRunner runner;

  public PackagedFiles(CommandRunner runner) {
    this.runner = runner;
  }

  /** Whether a package owns the file; also true where rpm is installed and cannot tell. */
  public boolean contain(Path file) throws IOException, InterruptedException {
    if (runner.searchPath().find("rpm").isEmpty()) {
      return false;
    }
    Completed ran = runner.run(Command.of("rpm", "--query", "--file", file.toString()));
    return ran.succeeded() || !(ran.stdout() + ran.stderr()).contains(NOT_OWNED);
  }
}
