package org.kmodkeeper.host;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The disk with a record of what was asked of it: while the answers stay the same, so does all that
 * was made out of these files.
 *
 * <p>The branches of a trace share their answers, so that each path is asked for once; a branch
 * belongs to one thread.
 */
public final class Trace {
  /** Coarser than any file system's time stamps: a file that is younger may change unseen. */
  private static final Duration TICK = Duration.ofSeconds(1);

  private final Instant begun;
  private final Map<Path, Optional<FileIdentity>> shared;
  private final Map<Path, Optional<FileIdentity>> asked = new HashMap<>();
  private boolean doubtful;

  private Trace(Instant begun, Map<Path, Optional<FileIdentity>> shared) {
    this.begun = begun;
    this.shared = shared;
  }

  /** Begins a trace of the disk as it is now. */
  public static Trace begin(Instant now) {
    return new Trace(now, new ConcurrentHashMap<>());
  }

  /** A trace that serves for one look only: nothing can be remembered by it. */
  public static Trace passing() {
    return begin(Instant.MIN);
  }

  /** A record of its own over the same answers. */
  public Trace branch() {
    return new Trace(begun, shared);
  }

  /** What tells this file from another; empty if there is none. */
  public Optional<FileIdentity> identity(Path path) {
    Optional<FileIdentity> known = asked.get(path);
    if (known == null) {
      known = answer(path);
      asked.put(path, known);
    }
    return known;
  }

  /** Two threads that ask at once may both look: that costs less than to let one wait. */
  private Optional<FileIdentity> answer(Path path) {
    Optional<FileIdentity> known = shared.get(path);
    if (known == null) {
      Optional<FileIdentity> seen = FileIdentity.of(path);
      Optional<FileIdentity> earlier = shared.putIfAbsent(path, seen);
      known = earlier == null ? seen : earlier;
    }
    return known;
  }

  /** Whether the path leads to a file or a directory. */
  public boolean exists(Path path) {
    return identity(path).isPresent();
  }

  /** The first of the paths that leads to a file. */
  public Optional<Path> first(Path... paths) {
    return Stream.of(paths).filter(this::exists).findFirst();
  }

  /** What is in a directory, in order of names; nothing if there is no such directory. */
  public List<Path> list(Path directory) throws IOException {
    List<Path> entries = new ArrayList<>();
    if (exists(directory)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
        stream.forEach(entries::add);
      } catch (NoSuchFileException | NotDirectoryException vanished) {
        return List.of();
      }
    }
    entries.sort(null);
    return entries;
  }

  /** Something failed that may go better next time: nothing is to be remembered by this trace. */
  public void doubt() {
    doubtful = true;
  }

  /**
   * The record; empty in doubt, or if a file changed so lately that its next change might go
   * unseen.
   */
  Optional<Map<Path, Optional<FileIdentity>>> record() {
    if (doubtful) {
      return Optional.empty();
    }
    for (Optional<FileIdentity> answer : asked.values()) {
      if (answer.isPresent() && isYoung(answer.get())) {
        return Optional.empty();
      }
    }
    return Optional.of(Map.copyOf(asked));
  }

  private boolean isYoung(FileIdentity file) {
    long age = begun.getEpochSecond() - TimeUnit.NANOSECONDS.toSeconds(file.changed());
    return age <= TICK.toSeconds();
  }

  /** Whether the disk still gives the answers of that record. */
  boolean agrees(Map<Path, Optional<FileIdentity>> record) {
    for (Map.Entry<Path, Optional<FileIdentity>> one : record.entrySet()) {
      if (!answer(one.getKey()).equals(one.getValue())) {
        return false;
      }
    }
    return true;
  }
}
