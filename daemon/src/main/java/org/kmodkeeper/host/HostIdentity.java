package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which host this is, for people.
 *
 * @param name as uname(2) tells it
 * @param system the operating system's PRETTY_NAME: os-release(5)
 */
public record HostIdentity(String name, String system) {
  private static final String UNKNOWN = "unknown";
  private static final String PRETTY_NAME = "PRETTY_NAME=";

  /** Reads what this host tells of itself; what it does not tell is called unknown. */
  public static HostIdentity read(HostPaths paths) {
    return new HostIdentity(
        lines(paths.hostName()).stream().findFirst().orElse(UNKNOWN),
        paths.osRelease().stream()
            .flatMap(file -> prettyName(file).stream())
            .findFirst()
            .orElse(UNKNOWN));
  }

  private static Optional<String> prettyName(Path file) {
    return lines(file).stream()
        .filter(line -> line.startsWith(PRETTY_NAME))
        .map(line -> line.substring(PRETTY_NAME.length()).strip().replaceAll("^[\"']|[\"']$", ""))
        .findFirst();
  }

  private static List<String> lines(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException unreadable) {
      return List.of();
    }
  }
}
