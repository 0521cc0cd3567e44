package org.kmodkeeper.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
          + " | cpio --quiet --extract --make-directories --no-absolute-filenames";

  private static final Pattern RELEASE = Pattern.compile("#define UTS_RELEASE \"([^\"]*)\"");

  private final CommandRunner runner;
  private final Sandbox sandbox;

  public HeadersPackage(HostPaths paths, CommandRunner runner) {
    this.runner = runner;
    this.sandbox = new Sandbox(paths);
  }

  /**
   * Unpacks it into a directory, which is all that can be written to meanwhile.
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
    Path headers = headers(directory);
    String release = release(headers);
    if (!release.equals(kernel.release())) {
      throw new IOException("it has the headers of kernel " + release);
    }
    return headers;
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
    Path file = headers.resolve("include/generated/utsrelease.h");
    if (!Files.exists(file)) {
      throw new IOException("it does not say of which kernel its headers are");
    }
    Matcher release = RELEASE.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    return release.find() ? release.group(1) : "";
  }
}
