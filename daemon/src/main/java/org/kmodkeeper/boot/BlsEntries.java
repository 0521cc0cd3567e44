package org.kmodkeeper.boot;

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
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.model.Kernel;

/**
 * The entries of the Boot Loader Specification's first type, as GRUB of Fedora and EL 8 and later
 * reads them (grub-core/commands/blscfg.c): one file each, newest first.
 */
final class BlsEntries {
  private static final String ENDING = ".conf";

  private static final Comparator<String> NAMES = new BlsOrder(BlsOrder.Of.NAMES);
  private static final Comparator<String> VERSIONS = new BlsOrder(BlsOrder.Of.VERSIONS);

  /** More lines than any entry has. */
  private static final int MAX_LINES = 200;

  /**
   * A file and what its {@code version} says.
   *
   * @param version empty if it does not say
   */
  private record Numbered(BootEntry entry, String version) {}

  private BlsEntries() {}

  static List<Path> files(Path directory) throws IOException {
    return DirectoryListing.of(directory).stream().filter(BlsEntries::isEntry).toList();
  }

  private static boolean isEntry(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(ENDING) && name.length() > ENDING.length() && !name.startsWith(".");
  }

  /**
   * The entries in each order in which a GRUB may show them, all alike but for the variants of one
   * version. EL 8 goes by what the entries say of their version, later ones by the files' names; of
   * these some put a name that goes on with {@code +} first, and others last.
   */
  static List<List<BootEntry>> orders(Path directory) throws IOException {
    List<Numbered> all = new ArrayList<>();
    for (Path file : files(directory)) {
      read(file).ifPresent(all::add);
    }
    Comparator<Numbered> byName = Comparator.comparing(each -> each.entry().id(), NAMES);
    Comparator<Numbered> byFile = Comparator.comparing(each -> each.entry().id() + ENDING, NAMES);
    Comparator<Numbered> byVersion = Comparator.comparing(Numbered::version, VERSIONS);
    boolean numbered = all.stream().noneMatch(each -> each.version().isEmpty());
    return Stream.of(byName, byFile, numbered ? byVersion.thenComparing(byName) : byName)
        .map(order -> all.stream().sorted(order.reversed()).map(Numbered::entry).toList())
        .distinct()
        .toList();
  }

  /** Nothing if it boots nothing: GRUB shows none without a {@code linux}. */
  private static Optional<Numbered> read(Path file) throws IOException {
    String name = file.getFileName().toString();
    String id = name.substring(0, name.length() - ENDING.length());
    String title = id;
    String version = "";
    String options = "";
    @Nullable String image = null;
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      for (String line : (Iterable<String>) lines.limit(MAX_LINES)::iterator) {
        String[] words = line.strip().split("\\s+", 2);
        String value = words.length == 2 ? words[1] : "";
        switch (words[0]) {
          case "title" -> title = value;
          case "version" -> version = value;
          case "options" -> options = options.isEmpty() ? value : options;
          case "linux" -> image = image == null ? value : image;
          default -> {}
        }
      }
    }
    if (image == null) {
      return Optional.empty();
    }
    @Nullable Kernel named = Kernel.isRelease(version) ? new Kernel(version) : null;
    Kernel kernel = GrubEntry.kernel(image.split("\\s", 2)[0]).orElse(named);
    return Optional.of(new Numbered(new BootEntry(id, title, kernel, options), version));
  }
}
