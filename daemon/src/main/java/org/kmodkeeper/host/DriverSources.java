package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/** Drivers' sources: {@code /usr/src/<name>-<version>}. */
public final class DriverSources {
  private final HostPaths paths;

  public DriverSources(HostPaths paths) {
    this.paths = paths;
  }

  /** One source directory with the version that its name tells. */
  public record Source(String version, Path directory) {}

  /** The pinned version's source, or with null the newest one. */
  public Optional<Source> find(String name, @Nullable String version) throws IOException {
    if (version != null) {
      return Optional.of(place(name, version)).filter(one -> Files.isDirectory(one.directory()));
    }
    return all(name).stream().max(Comparator.comparing(Source::version, Kernel.VERSION_ORDER));
  }

  /** Where a version's source is, or would be. */
  public Source place(String name, String version) {
    return new Source(version, paths.sources().resolve(name + "-" + version));
  }

  /** Every version's source. */
  public List<Source> all(String name) throws IOException {
    String prefix = name + "-";
    return DirectoryListing.of(paths.sources()).stream()
        .filter(Files::isDirectory)
        .filter(entry -> startsVersion(entry.getFileName().toString(), prefix))
        .map(entry -> new Source(entry.getFileName().toString().substring(prefix.length()), entry))
        .toList();
  }

  /** {@code ixgbevf-4.1} is a version of ixgbevf; {@code ixgbevf-tools-2} is another driver. */
  private static boolean startsVersion(String directory, String prefix) {
    return directory.startsWith(prefix)
        && directory.length() > prefix.length()
        && Character.isDigit(directory.charAt(prefix.length()));
  }
}
