package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a disk has refused, for people: the file and the reason. */
public final class IoErrors {
  /** What Java has classes for, in the words of strerror(3). */
  private static final Map<Class<? extends IOException>, String> REASONS =
      Map.of(
          NoSuchFileException.class, "No such file or directory",
          AccessDeniedException.class, "Permission denied",
          FileAlreadyExistsException.class, "File exists",
          DirectoryNotEmptyException.class, "Directory not empty");

  /** With less, something was in need of room. */
  private static final long MIN_FREE_BYTES = 1 << 20;

  private IoErrors() {}

  /** The failure with the file's name: a write that finds no space left does not tell where. */
  public static IOException at(Path file, IOException failed) {
    if (failed instanceof FileSystemException) {
      return failed;
    }
    String reason =
        failed instanceof ClosedByInterruptException ? "interrupted" : failed.getMessage();
    var named = new FileSystemException(file.toString(), null, reason);
    named.initCause(failed);
    return named;
  }

  /** What to add to a tool's complaint: on a full disk it may have had no room for one. */
  public static String lackOfSpace(Path place) throws IOException {
    long free = Files.getFileStore(place).getUsableSpace();
    return free < MIN_FREE_BYTES ? ", no space left in " + place : "";
  }

  /** File and reason; the name of the Java class only where it alone is the reason. */
  public static String text(IOException failed) {
    String message = failed.getMessage();
    boolean reasoned =
        failed instanceof FileSystemException named ? named.getReason() != null : message != null;
    if (reasoned) {
      return String.valueOf(message);
    }
    @Nullable String reason = REASONS.get(failed.getClass());
    return reason == null || message == null ? failed.toString() : message + ": " + reason;
  }
}
