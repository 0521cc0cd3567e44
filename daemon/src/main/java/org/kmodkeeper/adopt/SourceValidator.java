package org.kmodkeeper.adopt;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.adopt.SourceEntry.Kind;
import org.kmodkeeper.text.TextSanitizer;

/**
 * What a driver's source may hold. Who gave it may mean harm, or have packed the wrong thing: every
 * file is admitted by these rules before any is written, and again when it is.
 */
final class SourceValidator {
  /** As many as a look at sources takes; the largest drivers have some thousands. */
  static final int MAX_FILES = 20_000;

  private static final long MAX_BYTES = 512L << 20;
  private static final int MAX_PATH_LENGTH = 512;
  private static final int MAX_NAME_LENGTH = 255;

  private final String source;
  private final String top;
  private final Map<String, Kind> seen = new HashMap<>();
  private int files;
  private long bytes;

  /**
   * @param source what is read, for messages
   * @param top the one directory at the top, which is left out; empty if there is none
   */
  SourceValidator(String source, String top) {
    this.source = source;
    this.top = top;
  }

  /** How many bytes all admitted files have. */
  long bytes() {
    return bytes;
  }

  /**
   * Admits one file.
   *
   * @return the file with its path below the top directory, without {@code .} and doubled slashes;
   *     nothing for the top directory itself
   * @throws RefusedException if it may not be there, or may not be there besides the others
   */
  Optional<SourceEntry> admit(SourceEntry entry) throws RefusedException {
    if (++files > MAX_FILES) {
      throw new RefusedException(
          source + ": more than " + MAX_FILES + " files; is it the driver's source?");
    }
    bytes += entry.size();
    if (bytes > MAX_BYTES || entry.size() < 0) {
      throw new RefusedException(
          source + ": more than " + (MAX_BYTES >> 20) + " MiB; is it the driver's source?");
    }
    if (entry.kind() == Kind.OTHER) {
      throw refused(entry, "not a file, a directory or a link");
    }
    String path = below(entry, entry.path());
    if (path.isEmpty()) {
      return Optional.empty();
    }
    requireName(entry, path);
    place(entry, path);
    String target =
        switch (entry.kind()) {
          case SYMBOLIC_LINK -> inside(entry, path);
          case HARD_LINK -> linked(entry);
          case FILE, DIRECTORY, OTHER -> "";
        };
    return Optional.of(entry.at(path, target));
  }

  /** The path below the top directory; empty for that itself. */
  private String below(SourceEntry entry, String path) throws RefusedException {
    List<String> names = names(entry, path);
    if (!top.isEmpty() && !names.isEmpty()) {
      if (!names.remove(0).equals(top)) {
        throw refused(entry, "outside of " + top + ": changed while it was read");
      }
    }
    return String.join("/", names);
  }

  private List<String> names(SourceEntry entry, String path) throws RefusedException {
    if (path.startsWith("/")) {
      throw refused(entry, "an absolute path");
    }
    if (path.length() > MAX_PATH_LENGTH) {
      throw refused(entry, "a path of more than " + MAX_PATH_LENGTH + " characters");
    }
    List<String> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (name.equals("..")) {
        throw refused(entry, "a path that leads outside");
      }
      if (name.chars().anyMatch(Character::isISOControl)) {
        throw refused(entry, "a name with control characters");
      }
      if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_LENGTH) {
        throw refused(entry, "a name of more than " + MAX_NAME_LENGTH + " bytes");
      }
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return names;
  }

  /** A process without a UTF-8 locale cannot represent every file name. */
  private void requireName(SourceEntry entry, String path) throws RefusedException {
    try {
      Path unused = Path.of(path);
    } catch (InvalidPathException unmappable) {
      throw refused(entry, "a name that this locale cannot represent; try LC_ALL=C.UTF-8");
    }
  }

  /** Takes the path's place: what is above it is a directory, and it is there once only. */
  private void place(SourceEntry entry, String path) throws RefusedException {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      @Nullable Kind above = seen.putIfAbsent(path.substring(0, slash), Kind.DIRECTORY);
      if (above != null && above != Kind.DIRECTORY) {
        throw refused(entry, "below a file that is not a directory");
      }
    }
    @Nullable Kind before = seen.put(path, entry.kind());
    if (before != null && !(before == Kind.DIRECTORY && entry.kind() == Kind.DIRECTORY)) {
      throw refused(entry, "there twice");
    }
  }

  /**
   * A symbolic link stays inside if it goes up only at its start, and no further than to the top:
   * what it is below are directories, and a link that it goes through stays inside likewise.
   */
  private String inside(SourceEntry entry, String path) throws RefusedException {
    String target = entry.target();
    long depth = path.chars().filter(c -> c == '/').count();
    boolean down = false;
    if (target.isEmpty() || target.startsWith("/") || target.length() > MAX_PATH_LENGTH) {
      throw leadsOut(entry);
    }
    for (String name : target.split("/", -1)) {
      boolean up = name.equals("..");
      if ((up && (down || --depth < 0)) || name.chars().anyMatch(Character::isISOControl)) {
        throw leadsOut(entry);
      }
      down |= !up && !name.isEmpty() && !name.equals(".");
    }
    requireName(entry, target);
    return target;
  }

  private String linked(SourceEntry entry) throws RefusedException {
    String target = below(entry, entry.target());
    if (seen.get(target) != Kind.FILE) {
      throw refused(entry, "a hard link to a file that does not come before it");
    }
    return target;
  }

  private RefusedException leadsOut(SourceEntry entry) {
    return refused(entry, "a link that leads outside, to " + TextSanitizer.quoted(entry.target()));
  }

  private RefusedException refused(SourceEntry entry, String why) {
    return new RefusedException(source + ": " + TextSanitizer.quoted(entry.path()) + " is " + why);
  }
}
