package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What tells that a file is still the one that was read. It is the change time that counts: the
 * modification time never changes without it, and a module that was put back with its old times and
 * in its old place is not the same file. A directory's identity changes when an entry comes or
 * goes.
 *
 * @param changed nanoseconds since 1970
 */
public record FileStamp(Path path, long inode, long size, long changed) {
  /** The file's identity, symbolic links followed; empty if the path leads to no file. */
  public static Optional<FileStamp> of(Path path) {
    try {
      Map<String, @Nullable Object> unix = Files.readAttributes(path, "unix:ino,size,ctime");
      return Optional.of(
          new FileStamp(
              path,
              (Long) Objects.requireNonNull(unix.get("ino")),
              (Long) Objects.requireNonNull(unix.get("size")),
              nanoseconds(unix.get("ctime"))));
    } catch (IOException unreachable) {
      return Optional.empty();
    }
  }

  private static long nanoseconds(@Nullable Object time) {
    return ((FileTime) Objects.requireNonNull(time)).to(TimeUnit.NANOSECONDS);
  }
}
