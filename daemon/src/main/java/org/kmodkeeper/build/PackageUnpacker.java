package org.kmodkeeper.build;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** Unpacks a package without installing it. */
public final class PackageUnpacker {
  /** Of 80 MB, which is what the largest have. */
  private static final Duration UNPACK_TIMEOUT = Duration.ofMinutes(5);

  /** The directory is entered when it is writable; where one starts in is as it was before. */
  private static final String UNPACK =
      "cd \"$1\" && rpm2cpio \"$0\""
          + " | cpio --quiet --extract --make-directories --no-absolute-filenames"
          + " --no-preserve-owner";

  /** Setuid, setgid and sticky. */
  private static final int SPECIAL_RIGHTS = 07000;

  private final CommandRunner runner;
  private final Sandbox sandbox;

  public PackageUnpacker(HostPaths paths, CommandRunner runner) {
    this.runner = runner;
    this.sandbox = new Sandbox(paths);
  }

  /**
   * Unpacks it into a directory, which is all that can be written to meanwhile. Nobody else may be
   * able to enter that before this returns: until then, it has all that the package has.
   *
   * @param log gets what the tools say
   * @throws IOException if it cannot be unpacked
   */
  public void unpack(Path file, Path directory, Path log) throws IOException, InterruptedException {
    Command unpacking =
        Command.of("sh", "-c", UNPACK, file.toString(), directory.toString())
            .in(directory)
            .within(UNPACK_TIMEOUT)
            .loggingTo(log);
    Completed unpacked =
        runner.runBounded(sandbox.privileged(unpacking, List.of(directory)), List.of());
    if (!unpacked.succeeded()) {
      throw new IOException(
          "cannot unpack it: " + new BuildLog(log).lastLine().orElse(unpacked.ending().toString()));
    }
    try {
      tame(directory);
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
  }

  /** Leaves no devices, pipes and sockets, and no file that runs with another's rights. */
  private static void tame(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Map<String, Object> is =
            Files.readAttributes(file, "unix:isOther,isSymbolicLink,mode", NOFOLLOW_LINKS);
        if (Boolean.TRUE.equals(is.get("isOther"))) {
          Files.delete(file);
        } else if (Boolean.FALSE.equals(is.get("isSymbolicLink"))
            && is.get("mode") instanceof Integer mode
            && (mode & SPECIAL_RIGHTS) != 0) {
          Files.setPosixFilePermissions(file, Files.getPosixFilePermissions(file));
        }
      }
    }
  }

  /** Whether it is a file of the package's own: a link may lead to what only root can read. */
  public static boolean isOwn(Path directory, Path file) throws IOException {
    return Files.isRegularFile(file) && file.toRealPath().startsWith(directory.toRealPath());
  }
}
