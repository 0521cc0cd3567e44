package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;

/**
 * GRUB's {@code test} and {@code [}, as far as the scripts in {@code /etc/grub.d} use them:
 * grub-core/commands/test.c. What else it knows counts as decided at boot.
 */
final class GrubCondition {
  /** Whether it holds; {@link #UNKNOWN} if only the next boot will tell. */
  enum Truth {
    TRUE,
    FALSE,
    UNKNOWN;

    static Truth of(boolean holds) {
      return holds ? TRUE : FALSE;
    }

    Truth not() {
      return this == UNKNOWN ? UNKNOWN : of(this == FALSE);
    }

    Truth and(Truth other) {
      if (this == FALSE || other == FALSE) {
        return FALSE;
      }
      return this == TRUE && other == TRUE ? TRUE : UNKNOWN;
    }

    Truth or(Truth other) {
      return not().and(other.not()).not();
    }
  }

  /** What can be looked at: the files in it. Of others it is not known whether GRUB finds them. */
  private final Path directory;

  GrubCondition(Path directory) {
    this.directory = directory;
  }

  Truth evaluate(List<GrubValue> arguments) throws IOException {
    Truth truth = Truth.FALSE;
    if (arguments.isEmpty()) {
      return truth;
    }
    for (List<GrubValue> alternative : split(arguments, "-o")) {
      Truth all = Truth.TRUE;
      for (List<GrubValue> each : split(alternative, "-a")) {
        all = all.and(primary(each));
      }
      truth = truth.or(all);
    }
    return truth;
  }

  private static List<List<GrubValue>> split(List<GrubValue> arguments, String at) {
    List<List<GrubValue>> parts = new ArrayList<>();
    int begin = 0;
    for (int each = 0; each <= arguments.size(); each++) {
      if (each == arguments.size() || at.equals(arguments.get(each).text())) {
        parts.add(arguments.subList(begin, each));
        begin = each + 1;
      }
    }
    return parts;
  }

  private Truth primary(List<GrubValue> words) throws IOException {
    if (words.isEmpty() || words.size() > 4) {
      return Truth.UNKNOWN;
    }
    @Nullable String first = words.get(0).text();
    @Nullable String last = words.get(words.size() - 1).text();
    if ("!".equals(first) && words.size() > 1) {
      return primary(words.subList(1, words.size())).not();
    }
    if (words.size() == 3) {
      return compare(first, String.valueOf(words.get(1).text()), last);
    }
    if (last == null || words.size() == 4) {
      return Truth.UNKNOWN;
    }
    return words.size() == 1 ? Truth.of(!last.isEmpty()) : unary(String.valueOf(first), last);
  }

  private static Truth compare(@Nullable String one, String operator, @Nullable String other) {
    boolean negated = operator.equals("!=");
    if (one == null || other == null || !(negated || operator.matches("==?"))) {
      return Truth.UNKNOWN;
    }
    return Truth.of(one.equals(other) != negated);
  }

  private Truth unary(String operator, String value) throws IOException {
    if (operator.equals("-n") || operator.equals("-z")) {
      return Truth.of(value.isEmpty() == operator.equals("-z"));
    }
    if (!HostPaths.isPath(value) || !Path.of(value).normalize().startsWith(directory)) {
      return Truth.UNKNOWN;
    }
    Path file = Path.of(value).normalize();
    return switch (operator) {
      case "-d" -> Truth.of(Files.isDirectory(file));
      case "-e" -> Truth.of(Files.exists(file));
      case "-f" -> Truth.of(Files.isRegularFile(file));
      case "-s" -> Truth.of(Files.isRegularFile(file) && Files.size(file) > 0);
      default -> Truth.UNKNOWN;
    };
  }
}
