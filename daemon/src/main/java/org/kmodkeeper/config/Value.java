package org.kmodkeeper.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.config.Settings.Metrics;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.model.KernelFacts.Toolchain;
import org.kmodkeeper.model.Policy.Need;
import org.kmodkeeper.model.Policy.Reuse;
import org.kmodkeeper.model.PreflightAnswer.Depth;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.text.TextSanitizer;

/** Reads single values; each method throws IllegalArgumentException saying what it expected. */
final class Value {
  /** More builds at once than any host has a use for. */
  private static final int MAX_BUILDS = 64;

  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,5})(s|m|h|d)");

  private Value() {}

  /** {@code 90s}, {@code 15m}, {@code 6h} or {@code 1d}. */
  static Duration duration(String text) {
    var matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw expected(text, "a time such as 90s, 15m, 6h or 1d");
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  /** {@code stored}, {@code dkms} and {@code direct}, in the order to try them. */
  static List<Remedy> remedies(String text) {
    List<Remedy> remedies = new ArrayList<>();
    for (String word : words(text)) {
      Remedy remedy =
          switch (word) {
            case "stored" -> Remedy.STORED;
            case "package" -> Remedy.PACKAGE;
            case "dkms" -> Remedy.DKMS;
            case "direct" -> Remedy.DIRECT;
            default -> throw expected(word, "stored, package, dkms or direct");
          };
      if (remedies.contains(remedy)) {
        throw expected(text, "each remedy once");
      }
      remedies.add(remedy);
    }
    return remedies;
  }

  /** Yes or no, in dnf's spellings. */
  static boolean isYes(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "yes", "true", "on", "1" -> true;
      case "no", "false", "off", "0" -> false;
      default -> throw expected(text, "yes or no");
    };
  }

  /** Where builds get their compiler from. */
  static Toolchain toolchain(String text) {
    return switch (text) {
      case "host" -> Toolchain.HOST;
      case "disposable" -> Toolchain.DISPOSABLE;
      default -> throw expected(text, "host or disposable");
    };
  }

  /** What to do about a default kernel that is not bootable. */
  static GuardMode guard(String text) {
    return switch (text) {
      case "hold" -> GuardMode.HOLD;
      case "warn" -> GuardMode.WARN;
      case "off" -> GuardMode.OFF;
      default -> throw expected(text, "hold, warn or off");
    };
  }

  /** Whether a driver is required: yes, no, or auto. */
  static Need need(String text) {
    if (text.equals("auto")) {
      return Need.AUTO;
    }
    try {
      return isYes(text) ? Need.REQUIRED : Need.OPTIONAL;
    } catch (IllegalArgumentException neither) {
      throw expected(text, "auto, yes or no");
    }
  }

  /** Whether a build for another kernel will do: yes, no, or until-built. */
  static Reuse reuse(String text) {
    if (text.equals("until-built")) {
      return Reuse.UNTIL_BUILT;
    }
    try {
      return isYes(text) ? Reuse.YES : Reuse.NO;
    } catch (IllegalArgumentException neither) {
      throw expected(text, "yes, until-built or no");
    }
  }

  /** How far a preflight goes; null for off. */
  static @Nullable Depth preflight(String text) {
    return switch (text) {
      case "build" -> Depth.BUILD;
      case "symvers" -> Depth.SYMVERS;
      case "stored" -> Depth.STORED;
      case "off" -> null;
      default -> throw expected(text, "build, symvers, stored or off");
    };
  }

  /** How many builds at once, or null for auto. */
  static @Nullable Integer builds(String text) {
    if (text.equals("auto")) {
      return null;
    }
    int number = text.matches("[1-9][0-9]?") ? Integer.parseInt(text) : 0;
    if (number < 1 || number > MAX_BUILDS) {
      throw expected(text, "auto, or a number from 1 to " + MAX_BUILDS);
    }
    return number;
  }

  /** Where metrics are written: auto, off, or a directory, which may come to be later. */
  static Metrics metrics(String text) {
    return switch (text) {
      case "auto" -> new Metrics(Metrics.Mode.USUAL, null);
      case "off" -> new Metrics(Metrics.Mode.OFF, null);
      default -> {
        if (!isAbsolute(text)) {
          throw expected(text, "auto, off or the absolute path of a directory");
        }
        yield new Metrics(Metrics.Mode.NAMED, Path.of(text));
      }
    };
  }

  private static boolean isAbsolute(String text) {
    return text.startsWith("/") && HostPaths.isPath(text);
  }

  /** A name or a version: safe as one path component. */
  static String name(String text) {
    if (!Driver.isName(text)) {
      throw expected(text, "letters, digits and . _ + ~ -");
    }
    return text;
  }

  /** Names, separated by commas or blanks. */
  static List<String> names(String text) {
    return words(text).stream().map(Value::name).toList();
  }

  /** Absolute paths of files that can be read, separated by commas or blanks. */
  static List<Path> files(String text) {
    for (String word : words(text)) {
      if (!isAbsolute(word) || !isReadableFile(Path.of(word))) {
        throw expected(word, "the absolute path of a file that can be read");
      }
    }
    return words(text).stream().map(Path::of).toList();
  }

  private static boolean isReadableFile(Path path) {
    return Files.isRegularFile(path) && Files.isReadable(path);
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.split("[,\\s]+", -1)).filter(word -> !word.isEmpty()).toList();
  }

  private static IllegalArgumentException expected(String text, String what) {
    return new IllegalArgumentException(TextSanitizer.quoted(text) + ", expected " + what);
  }
}
