package org.kmodkeeper.adopt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a source's makefiles tell of the modules that they build, as kbuild's own documentation has
 * it (Documentation/kbuild/makefiles.rst). They are read, not run; conditions count as met.
 */
final class Makefiles {
  /** The names that kbuild and make look for. */
  private static final List<String> NAMES =
      List.of("Kbuild", "GNUmakefile", "makefile", "Makefile");

  private static final int MAX_BYTES = 1 << 18;
  private static final int MAX_VALUE_LENGTH = 256;

  /** How deep makefiles are looked for: vendors keep theirs at the top or in {@code src/}. */
  private static final int DEPTH = 3;

  /** obj-m, obj-y or obj-$(CONFIG_...), and what is added to it. */
  private static final Pattern OBJECTS =
      Pattern.compile(
          "^[ \\t]*obj-(m|y|\\$[({]CONFIG_\\w+[)}])[ \\t]*[:+]?=(.*)$", Pattern.MULTILINE);

  private static final Pattern ASSIGNMENT =
      Pattern.compile("^[ \\t]*(?:export[ \\t]+)?(\\w+)[ \\t]*[:?]?=(.*)$", Pattern.MULTILINE);
  private static final Pattern REFERENCE = Pattern.compile("\\$[({](\\w+)[)}]");
  private static final Pattern OBJECT = Pattern.compile("[A-Za-z0-9_-]+\\.o");

  /** A directory that may stand in a dkms.conf, which is a script. */
  private static final Pattern PLAIN_PATH = Pattern.compile("[A-Za-z0-9._+/-]*");

  private final Path root;

  Makefiles(Path root) {
    this.root = root;
  }

  /**
   * One module.
   *
   * @param directory where the build leaves it, relative to the source; empty for its top
   */
  record Module(String name, Path directory) {}

  /** How a makefile is to be called. */
  enum Calling {
    /** By the kernel's own makefile. */
    KBUILD,
    /** By itself; it wants to be told the kernel in BUILD_KERNEL, as Intel's do. */
    BUILD_KERNEL
  }

  /**
   * Where a build is to begin, and what it makes.
   *
   * @param directory relative to the source; empty for its top
   * @param options the kernel's options that decide whether a module is built
   */
  record Found(Path directory, List<Module> modules, Set<String> options, Calling calling) {}

  /** Whether there is any makefile not too deep down. */
  boolean exist() throws IOException {
    return directories().stream().anyMatch(directory -> !files(directory).isEmpty());
  }

  /**
   * The makefiles that build modules: those of the top, else of {@code src/}, else of others.
   *
   * @param below the directory to look in, relative to the source; empty for all of it
   */
  Optional<Found> find(Path below) throws IOException {
    Path start = root.resolve(below).normalize();
    for (Path directory : directories()) {
      Reading reading = read(directory);
      if (directory.startsWith(start) && !reading.modules.isEmpty()) {
        boolean takesKernel = text(directory).contains("BUILD_KERNEL");
        return Optional.of(
            new Found(
                root.relativize(directory),
                List.copyOf(reading.modules),
                reading.options,
                takesKernel ? Calling.BUILD_KERNEL : Calling.KBUILD));
      }
    }
    return Optional.empty();
  }

  /**
   * The directories of other drivers in the same source: they have a makefile that builds modules,
   * or a dkms.conf, in {@code conf/} maybe, and lie beside the one that was found.
   */
  List<Path> others(Path found) throws IOException {
    List<Path> others = new ArrayList<>();
    for (Path directory : directories()) {
      Path relative = root.relativize(driver(directory));
      boolean apart =
          !relative.toString().isEmpty()
              && !relative.startsWith(found)
              && !found.startsWith(relative)
              && others.stream().noneMatch(relative::startsWith);
      if (apart && (DkmsConfFile.in(directory).isPresent() || !read(directory).modules.isEmpty())) {
        others.add(relative);
      }
    }
    return others;
  }

  /** A driver's directory, where its makefile is in {@code src/}. */
  private static Path driver(Path directory) {
    return directory.endsWith("src") ? Objects.requireNonNull(directory.getParent()) : directory;
  }

  private Reading read(Path directory) throws IOException {
    var reading = new Reading();
    reading.descend(directory);
    return reading;
  }

  private List<Path> directories() throws IOException {
    try (Stream<Path> walk = Files.walk(root, DEPTH)) {
      Path src = root.resolve("src");
      return walk.filter(Files::isDirectory)
          .filter(directory -> PLAIN_PATH.matcher(root.relativize(directory).toString()).matches())
          .sorted(
              Comparator.comparing(Path::getNameCount)
                  .thenComparing(directory -> !directory.equals(src))
                  .thenComparing(directory -> directory))
          .toList();
    }
  }

  /** What one build would make, gathered from its first directory down. */
  private final class Reading {
    private final Set<Module> modules = new LinkedHashSet<>();
    private final Set<String> options = new TreeSet<>();
    private final Set<Path> entered = new HashSet<>();

    void descend(Path directory) throws IOException {
      if (!directory.startsWith(root) || !entered.add(directory)) {
        return;
      }
      String text = text(directory);
      Map<String, String> variables = variables(text);
      for (MatchResult line : OBJECTS.matcher(text).results().toList()) {
        String kind = line.group(1);
        for (String object : expand(line.group(2), variables).strip().split("\\s+", -1)) {
          if (object.endsWith("/") && PLAIN_PATH.matcher(object).matches()) {
            descend(directory.resolve(object).normalize());
          } else if (!kind.equals("y") && OBJECT.matcher(object).matches()) {
            String name = object.substring(0, object.length() - ".o".length());
            modules.add(new Module(name, root.relativize(directory)));
            if (kind.length() > 1) {
              options.add(kind.substring(2, kind.length() - 1));
            }
          }
        }
      }
    }
  }

  /** All makefiles of a directory, without comments and with continued lines as one. */
  private static String text(Path directory) throws IOException {
    var text = new StringBuilder();
    for (Path file : files(directory)) {
      try (var in = Files.newInputStream(file)) {
        text.append(new String(in.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1)).append('\n');
      }
    }
    return text.toString().replaceAll("\\\\\\r?\\n", " ").replaceAll("#[^\\n]*", "");
  }

  private static List<Path> files(Path directory) {
    return NAMES.stream().map(directory::resolve).filter(Files::isRegularFile).toList();
  }

  private static Map<String, String> variables(String text) {
    Map<String, String> variables = new HashMap<>();
    for (MatchResult line : ASSIGNMENT.matcher(text).results().toList()) {
      String value = line.group(2).strip();
      if (value.length() <= MAX_VALUE_LENGTH) {
        variables.putIfAbsent(line.group(1), value);
      }
    }
    return variables;
  }

  /** Puts in the values of variables that are set in the same makefile; one step deep. */
  private static String expand(String objects, Map<String, String> variables) {
    return REFERENCE
        .matcher(objects)
        .replaceAll(
            name -> Matcher.quoteReplacement(variables.getOrDefault(name.group(1), name.group())));
  }
}
