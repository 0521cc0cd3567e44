package org.kmodkeeper.process;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a logged command may take up on disk: so much output, and not the last of the free space. It
 * may be foreign code that loops, and the host needs its disk for more than that.
 */
final class DiskBounds {
  /** How often to look. */
  static final Duration INTERVAL = Duration.ofMillis(250);

  /** Of one command in one file, in bytes; a build with {@code V=1} prints a tenth of it. */
  static final long MAX_OUTPUT = 64L << 20;

  /** What a command leaves free, in bytes, where there was more than that. */
  private static final long MIN_FREE = 256L << 20;

  /** By file, what was in it before. */
  private final Map<Path, Long> outputs = new HashMap<>();

  /** By file or directory, how much must stay free in its file system. */
  private final Map<Path, Long> floors = new HashMap<>();

  /**
   * @param outputs the files to which it prints, its log among them; they need not be there yet
   * @param directory where it runs, or null
   */
  DiskBounds(List<Path> outputs, @Nullable Path directory) throws IOException {
    List<Path> places = new ArrayList<>();
    if (directory != null) {
      places.add(directory);
    }
    for (Path output : outputs) {
      this.outputs.put(output, size(output));
      places.add(output);
    }
    for (Path place : places) {
      // An eighth of what is free stays free on a small disk.
      floors.put(place, Math.min(MIN_FREE, existing(place).toFile().getUsableSpace() / 8));
    }
  }

  /** What the command has exceeded, if it has. */
  Optional<String> exceeded() throws IOException {
    for (Map.Entry<Path, Long> output : outputs.entrySet()) {
      long size = size(output.getKey());
      output.setValue(Math.min(output.getValue(), size));
      if (size - output.getValue() > MAX_OUTPUT) {
        return Optional.of("it printed more than " + (MAX_OUTPUT >> 20) + " MiB");
      }
    }
    for (Map.Entry<Path, Long> floor : floors.entrySet()) {
      Path place = existing(floor.getKey());
      // What vanishes in this moment has no space at all.
      if (place.toFile().getUsableSpace() < floor.getValue() && Files.exists(place)) {
        return Optional.of("only " + (floor.getValue() >> 20) + " MiB are left free in " + place);
      }
    }
    return Optional.empty();
  }

  /** Cuts off what came before the command could be stopped. */
  void trim() throws IOException {
    for (Map.Entry<Path, Long> output : outputs.entrySet()) {
      long most = output.getValue() + MAX_OUTPUT;
      if (size(output.getKey()) > most) {
        try (var channel = FileChannel.open(output.getKey(), StandardOpenOption.WRITE)) {
          channel.truncate(most);
        }
      }
    }
  }

  /** The directory itself or, where it is not there, or no longer, the nearest above it. */
  private static Path existing(Path place) {
    Path there = place;
    while (!Files.isDirectory(there) && there.getParent() != null) {
      there = there.getParent();
    }
    return there;
  }

  /** Of what there may not be yet. */
  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException notYet) {
      return 0;
    }
  }
}
