package org.kmodkeeper.build;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Command;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;

/** The package of a kernel's headers, unpacked without being installed. */
public final class HeadersPackage {
  /** Of 80 MB, which is what the largest have. */
  private static final Duration UNPACK_TIMEOUT = Duration.ofMinutes(5);

  /** The directory is entered when it is writable; where one starts in is as it was before. */
  private static final String UNPACK =
      "cd \"$1\" && rpm2cpio \"$0\""
          + " | cpio --quiet --extract --make-directories --no-absolute-filenames"
          + " --no-preserve-owner";

  private static final String UTS_RELEASE = "include/generated/utsrelease.h";

  /** What is read of them by root, and the largest that it may be, in bytes; 0 for any. */
  private static final Map<String, Integer> READ =
      Map.of("Module.symvers", 0, ".config", 4 << 20, UTS_RELEASE, 64 << 10);

  /** Setuid, setgid and sticky. */
  private static final int SPECIAL_RIGHTS = 07000;

  private static final Pattern RELEASE = Pattern.compile("#define UTS_RELEASE \"([^\"]*)\"");

  private final CommandRunner runner;
  private final Sandbox sandbox;

  public HeadersPackage(HostPaths paths, CommandRunner runner) {
    this.runner = runner;
    this.sandbox = new Sandbox(paths);
  }

  /**
   * Unpacks it into a directory, which is all that can be written to meanwhile. Nobody else may be
   * able to enter that before this returns: until then, it has all that the package has.
   *
   * @param log gets what the tools say
   * @return where the headers are
   * @throws IOException if it cannot be unpacked, or has not the headers of that kernel
   */
  public Path unpack(Path file, Path directory, Kernel kernel, Path log)
      throws IOException, InterruptedException {
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
    tame(directory);
    Path headers = headers(directory);
    for (String name : READ.keySet()) {
      check(directory, headers, name);
    }
    String release = release(headers);
    if (!release.equals(kernel.release())) {
      throw new IOException("it has the headers of kernel " + release);
    }
    return headers;
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

  /** A link may lead to a device, or to a file that only root can read. */
  private static void check(Path directory, Path headers, String name) throws IOException {
    Path file = headers.resolve(name);
    if (Files.exists(file, NOFOLLOW_LINKS)) {
      int most = READ.getOrDefault(name, 0);
      if (!Files.isRegularFile(file) || !file.toRealPath().startsWith(directory.toRealPath())) {
        throw new IOException("its " + name + " is no file of its own");
      }
      if (most > 0 && Files.size(file) > most) {
        throw new IOException(
            "it has a " + name + " of " + Files.size(file) + " bytes, which is too large");
      }
    }
  }

  private static Path headers(Path directory) throws IOException {
    Path sources = directory.resolve("usr/src");
    if (Files.isDirectory(sources)) {
      try (Stream<Path> files = Files.walk(sources, 3)) {
        Optional<Path> list =
            files.filter(file -> file.endsWith("Module.symvers")).sorted().findFirst();
        if (list.isPresent()) {
          return Objects.requireNonNull(list.get().getParent());
        }
      }
    }
    throw new IOException("it has no headers: no Module.symvers below /usr/src");
  }

  private static String release(Path headers) throws IOException {
    Path file = headers.resolve(UTS_RELEASE);
    if (!Files.exists(file)) {
      throw new IOException("it does not say of which kernel its headers are");
    }
    Matcher release = RELEASE.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    return release.find() ? release.group(1) : "";
  }
}
