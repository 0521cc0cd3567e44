package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which host this is, for people.
 *
 * @param name as uname(2) tells it
 * @param system the operating system's PRETTY_NAME: os-release(5)
 */
public record HostIdentity(String name, String system) {
  private static final String UNKNOWN = "unknown";

  /** Reads what this host tells of itself; what it does not tell is called unknown. */
  public static HostIdentity read(HostPaths paths) {
    Path name = paths.processes().resolve("sys/kernel/hostname");
    return new HostIdentity(
        lines(name).stream().findFirst().orElse(UNKNOWN), told(paths, "PRETTY_NAME="));
  }

  /** What this system calls itself on the EFI system partition, as its packages of GRUB have it. */
  public static String vendor(HostPaths paths) {
    String id = told(paths, "ID=");
    return id.equals("rhel") || id.equals("ol") ? "redhat" : id;
  }

  private static String told(HostPaths paths, String key) {
    return Stream.of("etc/os-release", "usr/lib/os-release")
        .map(paths.root()::resolve)
        .flatMap(file -> lines(file).stream())
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(key.length()).strip().replaceAll("^[\"']|[\"']$", ""))
        .findFirst()
        .orElse(UNKNOWN);
  }

  private static List<String> lines(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException unreadable) {
      return List.of();
    }
  }
}
