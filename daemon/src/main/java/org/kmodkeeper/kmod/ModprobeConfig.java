package org.kmodkeeper.kmod;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.kmodkeeper.host.DirectoryListing;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Kernel;

/** The lines of modprobe.d(5) and depmod.d(5) that bear on a module; for people to read. */
public final class ModprobeConfig {
  /** Stands for the kernel's own modules in depmod's search order. */
  public static final String BUILT_IN = "built-in";

  private static final int MAX_LINES = 50;

  private final HostPaths paths;

  public ModprobeConfig(HostPaths paths) {
    this.paths = paths;
  }

  /** Those lines, each as {@code file:line: text}; modprobe's first. */
  public List<String> on(Kernel kernel, String module) throws IOException {
    List<String> found = new ArrayList<>();
    found.addAll(matching(paths.modprobeConfiguration(), words -> names(words, module)));
    found.addAll(matching(paths.depmodDirectories(), words -> orders(words, kernel, module)));
    return found.subList(0, Math.min(MAX_LINES, found.size()));
  }

  /** Whether modprobe.d keeps modprobe from loading the module for its device. */
  public boolean blacklists(String module) throws IOException {
    return !matching(
            paths.modprobeConfiguration(),
            words -> words.get(0).equals("blacklist") && names(words, module))
        .isEmpty();
  }

  /**
   * The directories in which depmod looks for a module, the one that wins first; what is in none of
   * them counts as {@code built-in}. Its own order where no file sets one.
   */
  public List<String> searchOrder() throws IOException {
    List<String> order = new ArrayList<>();
    for (String line :
        matching(paths.depmodDirectories(), words -> words.get(0).equals("search"))) {
      List<String> words = List.of(line.split("\\s+", -1));
      order.addAll(words.subList(words.indexOf("search") + 1, words.size()));
    }
    return order.isEmpty() ? List.of("updates", BUILT_IN) : order;
  }

  /** {@code blacklist}, {@code install}, {@code options} and the like name it first. */
  private static boolean names(List<String> words, String module) {
    int at = words.get(0).equals("alias") ? 2 : 1;
    return words.size() > at && same(words.get(at), module);
  }

  /** {@code search} is for all modules, {@code override} for one on one kernel or all. */
  private static boolean orders(List<String> words, Kernel kernel, String module) {
    return switch (words.get(0)) {
      case "search" -> true;
      case "override" ->
          words.size() > 2
              && same(words.get(1), module)
              && (words.get(2).equals("*") || words.get(2).equals(kernel.release()));
      default -> false;
    };
  }

  private static boolean same(String one, String other) {
    return ModuleName.canonical(one).equals(ModuleName.canonical(other));
  }

  private static List<String> matching(List<Path> directories, Predicate<List<String>> wanted)
      throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : files(directories)) {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      int number = 1;
      // A line that ends with a backslash goes on in the next one.
      for (String line : text.split("(?<!\\\\)\n", -1)) {
        String whole = line.replace("\\\n", "").strip();
        if (!whole.isEmpty() && wanted.test(List.of(whole.split("\\s+", -1)))) {
          found.add(file + ":" + number + ": " + whole);
        }
        number += line.split("\n", -1).length;
      }
    }
    return found;
  }

  /** Of files with the same name the first counts; they are read in the order of their names. */
  private static Iterable<Path> files(List<Path> directories) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    for (Path directory : directories) {
      DirectoryListing.of(directory).stream()
          .filter(file -> file.getFileName().toString().endsWith(".conf"))
          .filter(Files::isReadable)
          .filter(Files::isRegularFile)
          .forEach(file -> files.putIfAbsent(file.getFileName().toString(), file));
    }
    return files.values();
  }
}
