package org.kmodkeeper.bootloader;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/**
 * The entries of the Boot Loader Specification's first type, as GRUB of Fedora and EL 8 and later
 * reads them: one file each, newest first by the files' names.
 */
final class BlsEntries {
  private static final String ENDING = ".conf";

  /** More lines than any entry has. */
  private static final int MOST_LINES = 200;

  private BlsEntries() {}

  static List<Path> files(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> file.toString().endsWith(ENDING))
          .sorted(Comparator.comparing(BlsEntries::id, Kernel.VERSION_ORDER.reversed()))
          .toList();
    }
  }

  static List<BootEntry> in(Path directory) throws IOException {
    List<BootEntry> entries = new ArrayList<>();
    for (Path file : files(directory)) {
      entries.add(entry(file));
    }
    return entries;
  }

  private static String id(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - ENDING.length());
  }

  private static BootEntry entry(Path file) throws IOException {
    String title = id(file);
    @Nullable Kernel kernel = null;
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      for (String line : (Iterable<String>) lines.limit(MOST_LINES)::iterator) {
        String[] words = line.strip().split("\\s+", 2);
        if (words.length == 2 && words[0].equals("title")) {
          title = words[1];
        } else if (words.length == 2 && words[0].equals("linux")) {
          Optional<Kernel> named = GrubConfig.kernel(words[1].split("\\s", 2)[0]);
          kernel = named.orElse(kernel);
        } else if (words.length == 2 && words[0].equals("version") && kernel == null) {
          kernel = Kernel.isRelease(words[1]) ? new Kernel(words[1]) : null;
        }
      }
    }
    return new BootEntry(id(file), title, kernel);
  }
}
