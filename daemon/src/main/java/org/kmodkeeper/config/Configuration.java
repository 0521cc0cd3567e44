package org.kmodkeeper.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings.Excluded;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.config.Settings.Headers;
import org.kmodkeeper.config.Settings.Metrics;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Policy;
import org.kmodkeeper.model.Policy.Need;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.text.TextSanitizer;

/**
 * The configuration directory: {@code kmodkeeper.conf} and {@code drivers.d/*.conf}.
 *
 * <p>A missing file means its defaults; an unknown key or a bad value is a problem, never a guess.
 */
public final class Configuration {
  private static final String ENDING = ".conf";

  private final Path directory;

  public Configuration(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads all files afresh.
   *
   * @throws ConfigurationException with every problem found
   */
  public Settings read() throws ConfigurationException {
    var problems = new Problems();
    var main = new Main();
    main.read(main(), problems);
    List<Policy> policies = new ArrayList<>();
    for (Path file : driverFiles(problems)) {
      driver(file, main, problems).ifPresent(policies::add);
    }
    problems.throwIfAny();
    return main.settings(policies);
  }

  /**
   * Settings that {@link #read} takes and that have no effect on this host, each a line {@code
   * file:line: what}. It may ask name services.
   */
  public List<String> warnings() {
    return Warnings.of(main());
  }

  /** What holds where nothing is configured. */
  public static Settings defaults() {
    return new Main().settings(List.of());
  }

  private Path main() {
    return directory.resolve("kmodkeeper.conf");
  }

  private List<Path> driverFiles(Problems problems) {
    Path drivers = directory.resolve("drivers.d");
    if (!Files.isDirectory(drivers)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(drivers)) {
      return files.filter(file -> file.toString().endsWith(ENDING)).sorted().toList();
    } catch (IOException unreadable) {
      problems.add(drivers, 1, "cannot be read: " + unreadable);
      return List.of();
    }
  }

  private static Optional<Policy> driver(Path file, Main main, Problems problems) {
    var draft = new DriverDraft(main.remedies);
    read(file, "driver", draft.keys(), problems);
    String fileName = file.getFileName().toString();
    String name = fileName.substring(0, fileName.length() - ENDING.length());
    try {
      Value.name(name);
    } catch (IllegalArgumentException unusable) {
      problems.add(file, 1, "the file's name is the driver's: " + unusable.getMessage());
    }
    return draft.kept
        ? Optional.of(
            new Policy(
                name,
                Policy.Origin.CONFIGURED,
                draft.version,
                draft.modules,
                draft.need,
                draft.remedies,
                draft.make,
                draft.reuse))
        : Optional.empty();
  }

  /**
   * Hands each setting of the one known section to its key's reader.
   *
   * @return the line of each setting
   */
  private static Map<String, Integer> read(
      Path file, String section, Map<String, Consumer<String>> keys, Problems problems) {
    IniFile ini = IniFile.read(file, problems);
    for (IniFile.Section found : ini.sections()) {
      if (!found.name().equals(section)) {
        problems.add(
            file,
            found.line(),
            "unknown section "
                + TextSanitizer.quoted(found.name())
                + ", expected ["
                + section
                + "]");
      }
    }
    Map<String, Integer> seen = new TreeMap<>();
    for (IniFile.Entry entry : ini.entries()) {
      if (!entry.section().equals(section)) {
        continue;
      }
      @Nullable Consumer<String> key = keys.get(entry.key());
      @Nullable Integer before = seen.put(entry.key(), entry.line());
      if (key == null) {
        problems.add(
            file,
            entry.line(),
            "unknown key "
                + TextSanitizer.quoted(entry.key())
                + ", expected one of "
                + String.join(", ", keys.keySet()));
      } else if (before != null) {
        problems.add(file, entry.line(), entry.key() + " is set in line " + before + " already");
      } else {
        try {
          key.accept(entry.value());
        } catch (IllegalArgumentException bad) {
          problems.add(file, entry.line(), entry.key() + " = " + bad.getMessage());
        }
      }
    }
    return seen;
  }

  /** kmodkeeper.conf while it is read: the defaults stand until a line changes them. */
  private static final class Main {
    List<Remedy> remedies = List.of(Remedy.STORED, Remedy.PACKAGE, Remedy.DKMS, Remedy.DIRECT);
    Duration buildTimeout = Duration.ofMinutes(15);
    Duration resync = Duration.ofHours(1);
    Duration retryFirst = Duration.ofMinutes(1);
    Duration retryLongest = Duration.ofHours(6);
    @Nullable String group;
    List<Path> certificates = List.of();
    Headers headers = Headers.FETCHED;
    Toolchain toolchain = Toolchain.HOST;
    GuardMode guard = GuardMode.HOLD;
    Excluded excluded = Excluded.UNSUPPORTED;
    @Nullable Depth preflight = Depth.BUILD;
    @Nullable Integer builds;
    Metrics metrics = Value.metrics("auto");

    void read(Path file, Problems problems) {
      if (Files.exists(file)) {
        Map<String, Consumer<String>> keys = new TreeMap<>();
        keys.put("remedies", text -> remedies = Value.remedies(text));
        keys.put("build-timeout", text -> buildTimeout = Value.duration(text));
        keys.put("resync", text -> resync = Value.duration(text));
        keys.put("retry-first", text -> retryFirst = Value.duration(text));
        keys.put("retry-longest", text -> retryLongest = Value.duration(text));
        keys.put(
            "install-headers",
            text -> headers = Value.isYes(text) ? Headers.FETCHED : Headers.LEFT_TO_OPERATOR);
        keys.put("toolchain", text -> toolchain = Value.toolchain(text));
        keys.put("certificates", text -> certificates = Value.files(text));
        keys.put("guard", text -> guard = Value.guard(text));
        keys.put(
            "boot-excluded",
            text -> excluded = Value.isYes(text) ? Excluded.BOOTABLE : Excluded.UNSUPPORTED);
        keys.put("preflight", text -> preflight = Value.preflight(text));
        keys.put("builds", text -> builds = Value.builds(text));
        keys.put("metrics", text -> metrics = Value.metrics(text));
        keys.put("group", text -> group = text.isEmpty() ? null : Value.name(text));
        Map<String, Integer> lines = Configuration.read(file, "main", keys, problems);
        if (retryLongest.compareTo(retryFirst) < 0) {
          int line =
              Stream.of("retry-first", "retry-longest")
                  .mapToInt(key -> lines.getOrDefault(key, 1))
                  .max()
                  .orElseThrow();
          problems.add(file, line, "retry-longest is shorter than retry-first");
        }
      }
    }

    Settings settings(List<Policy> policies) {
      return new Settings(
          buildTimeout,
          resync,
          retryFirst,
          retryLongest,
          group,
          remedies,
          headers,
          toolchain,
          certificates,
          guard,
          excluded,
          preflight,
          builds,
          metrics,
          policies);
    }
  }

  /** One driver's file while it is read. */
  private static final class DriverDraft {
    List<Remedy> remedies;
    boolean kept = true;
    @Nullable String version;
    List<String> modules = List.of();
    Need need = Need.AUTO;
    @Nullable String make;
    Reuse reuse = Reuse.UNTIL_BUILT;

    DriverDraft(List<Remedy> remedies) {
      this.remedies = remedies;
    }

    Map<String, Consumer<String>> keys() {
      Map<String, Consumer<String>> keys = new TreeMap<>();
      keys.put("keep", text -> kept = Value.isYes(text));
      keys.put("version", text -> version = text.equals("newest") ? null : Value.name(text));
      keys.put("modules", text -> modules = Value.names(text));
      keys.put("required", text -> need = Value.need(text));
      keys.put("remedies", text -> remedies = Value.remedies(text));
      keys.put("reuse", text -> reuse = Value.reuse(text));
      keys.put("make", text -> make = text.isEmpty() ? null : text);
      return keys;
    }
  }
}
