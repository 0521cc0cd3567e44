package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What tells that a file is still the one that was read. The change time is there too: a module
 * that was put back with its old times and in its old place is not the same file.
 */
public record FileIdentity(Path path, long inode, long size, FileTime modified, FileTime changed) {
  /** The file's identity, symbolic links followed; empty if there is no such file. */
  public static Optional<FileIdentity> of(Path path) throws IOException {
    try {
      Map<String, @Nullable Object> unix =
          Files.readAttributes(path, "unix:ino,size,lastModifiedTime,ctime");
      return Optional.of(
          new FileIdentity(
              path,
              (Long) Objects.requireNonNull(unix.get("ino")),
              (Long) Objects.requireNonNull(unix.get("size")),
              (FileTime) Objects.requireNonNull(unix.get("lastModifiedTime")),
              (FileTime) Objects.requireNonNull(unix.get("ctime"))));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }
}
