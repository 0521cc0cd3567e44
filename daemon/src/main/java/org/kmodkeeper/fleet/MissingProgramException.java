package org.kmodkeeper.fleet;

import java.io.IOException;
import org.kmodkeeper.process.SearchPath;

/** A program is not installed; the message names the package to install. */
public final class MissingProgramException extends IOException {
  private MissingProgramException(String program, String rpm) {
    super(program + " is not installed: dnf install " + rpm);
  }

  /** Fails unless the program, which a package of that name has, is installed. */
  static void check(SearchPath programs, String program, String rpm)
      throws MissingProgramException {
    if (programs.find(program).isEmpty()) {
      throw new MissingProgramException(program, rpm);
    }
  }
}
