package org.kmodkeeper.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.compress.BoundedLineReader;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.process.Completed;

/**
 * What dkms printed, in a file; versions 3.0 to 3.4. Its autoinstall speaks of all drivers that it
 * tried, so what concerns one of them has to be picked out.
 */
public record DkmsOutput(Path file) {
  /** An error is a line that begins so, and a few more that may say which driver it is about. */
  private static final String ERROR = "Error! ";

  private static final int ERROR_LINES = 4;

  /** What the version check of 3.0 prints; the module's name stands two lines before. */
  private static final String DECLINED = "DKMS will not replace this module";

  private static final int DECLINED_LINES = 3;

  /** A driver that needs one that failed, or from 3.4.1 on one that dkms does not know. */
  private static final Pattern UNMET =
      Pattern.compile("autoinstall (failed due to missing dependencies|deferred): ");

  /** How an autoinstall ends that failed for some of the drivers. */
  public static final Completed.Exited SOME_FAILED = new Completed.Exited(11);

  /** The first error that names this driver. */
  public Optional<String> errorOf(Driver driver) throws IOException {
    Pattern name =
        Pattern.compile(
            "(^|[/ ])" + Pattern.quote(driver.name() + "/" + driver.version()) + "($|[/ ])");
    @Nullable String error = null;
    int rest = 0;
    try (InputStream output = Files.newInputStream(file)) {
      var lines = new BoundedLineReader(output);
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (line.startsWith(ERROR)) {
          error = line;
          rest = ERROR_LINES;
        } else if (UNMET.matcher(line).find()) {
          error = line;
          rest = 1;
        }
        if (error != null && rest > 0 && name.matcher(line).find()) {
          return Optional.of(BuildLog.readable(error));
        }
        rest--;
      }
    }
    return Optional.empty();
  }

  /** Whether the version check took the kernel's own module for the same as one of this driver. */
  public boolean declined(Driver driver) throws IOException {
    var last = new ArrayDeque<String>();
    try (InputStream output = Files.newInputStream(file)) {
      var lines = new BoundedLineReader(output);
      for (String line = lines.next(); line != null; line = lines.next()) {
        last.addLast(line);
        if (last.size() > DECLINED_LINES) {
          last.removeFirst();
        }
        if (line.contains(DECLINED)
            && driver.modules().stream()
                .anyMatch(module -> last.getFirst().contains(" for " + module + ".ko"))) {
          return true;
        }
      }
    }
    return false;
  }
}
