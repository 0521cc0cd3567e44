package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is in a directory. */
public final class DirectoryListing {
  private DirectoryListing() {}

  /** Its entries in order of their names; none if there is no such directory. */
  public static List<Path> of(Path directory) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (NoSuchFileException | NotDirectoryException absent) {
      return List.of();
    } catch (DirectoryIteratorException unreadable) {
      throw unreadable.getCause();
    }
    entries.sort(null);
    return entries;
  }

  /** The names of its entries, in order; none if there is no such directory. */
  public static List<String> names(Path directory) throws IOException {
    return of(directory).stream().map(entry -> entry.getFileName().toString()).toList();
  }
}
