package org.kmodkeeper.build;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.CommandRunner;

/** The package of a kernel's headers, unpacked without being installed. */
public final class HeadersPackage {
  private static final String UTS_RELEASE = "include/generated/utsrelease.h";

  /** What is read of them by root, and the largest that it may be, in bytes; 0 for any. */
  private static final Map<String, Integer> READ =
      Map.of("Module.symvers", 0, ".config", 4 << 20, UTS_RELEASE, 64 << 10);

  private static final Pattern RELEASE = Pattern.compile("#define UTS_RELEASE \"([^\"]*)\"");

  private final PackageUnpacker unpacker;

  public HeadersPackage(HostPaths paths, CommandRunner runner) {
    this.unpacker = new PackageUnpacker(paths, runner);
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
    unpacker.unpack(file, directory, log);
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

  /** A link may lead to a device, or to a file that only root can read. */
  private static void check(Path directory, Path headers, String name) throws IOException {
    Path file = headers.resolve(name);
    if (Files.exists(file, NOFOLLOW_LINKS)) {
      int most = READ.getOrDefault(name, 0);
      if (!PackageUnpacker.isOwn(directory, file)) {
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
