package org.kmodkeeper.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.HostPaths;

/** GRUB's {@code test} and {@code [}: grub-core/commands/test.c. */
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

  private final List<GrubValue> arguments;
  private final Path directory;
  private int at;

  /**
   * @param directory what can be looked at: the files in it; of others it is not known whether GRUB
   *     finds them
   */
  GrubCondition(List<GrubValue> arguments, Path directory) {
    this.arguments = arguments;
    this.directory = directory;
  }

  Truth evaluate() throws IOException {
    Truth truth = alternatives();
    return at < arguments.size() ? Truth.UNKNOWN : truth;
  }

  private Truth alternatives() throws IOException {
    Truth truth = conjunction();
    while (is("-o")) {
      at++;
      truth = truth.or(conjunction());
    }
    return truth;
  }

  private Truth conjunction() throws IOException {
    Truth truth = Truth.TRUE;
    boolean more = at < arguments.size();
    if (!more) {
      return Truth.FALSE;
    }
    while (more) {
      truth = truth.and(primary());
      more = is("-a");
      at += more ? 1 : 0;
    }
    return truth;
  }

  private Truth primary() throws IOException {
    if (is("!")) {
      at++;
      return primary().not();
    }
    if (is("(")) {
      at++;
      Truth truth = alternatives();
      at++;
      return truth;
    }
    if (at + 2 < arguments.size() && isComparison(arguments.get(at + 1).text())) {
      at += 3;
      return compare(arguments.get(at - 3), arguments.get(at - 2), arguments.get(at - 1));
    }
    if (at + 1 < arguments.size() && isUnary(arguments.get(at).text())) {
      at += 2;
      return unary(String.valueOf(arguments.get(at - 2).text()), arguments.get(at - 1));
    }
    if (at >= arguments.size()) {
      return Truth.UNKNOWN;
    }
    @Nullable String alone = arguments.get(at++).text();
    return alone == null ? Truth.UNKNOWN : Truth.of(!alone.isEmpty());
  }

  private static boolean isComparison(@Nullable String word) {
    return word != null && word.matches("=|==|!=|<|<=|>|>=|-(eq|ne|lt|le|gt|ge|p?[gl]t|nt|ot|ef)");
  }

  private static boolean isUnary(@Nullable String word) {
    return word != null && word.matches("-[defsnz]");
  }

  private static Truth compare(GrubValue left, GrubValue operator, GrubValue right) {
    @Nullable String one = left.text();
    @Nullable String other = right.text();
    if (one == null || other == null) {
      return Truth.UNKNOWN;
    }
    return switch (String.valueOf(operator.text())) {
      case "=", "==" -> Truth.of(one.equals(other));
      case "!=" -> Truth.of(!one.equals(other));
      case "-eq" -> numbers(one, other, 0, 0);
      case "-ne" -> numbers(one, other, 0, 0).not();
      case "-lt" -> numbers(one, other, -1, -1);
      case "-le" -> numbers(one, other, -1, 0);
      case "-gt" -> numbers(one, other, 1, 1);
      case "-ge" -> numbers(one, other, 0, 1);
      default -> Truth.UNKNOWN;
    };
  }

  private static Truth numbers(String one, String other, int least, int most) {
    try {
      int order = Long.compare(Long.parseLong(one), Long.parseLong(other));
      return Truth.of(order >= least && order <= most);
    } catch (NumberFormatException noNumber) {
      return Truth.UNKNOWN;
    }
  }

  private Truth unary(String operator, GrubValue value) throws IOException {
    @Nullable String text = value.text();
    if (text == null) {
      return Truth.UNKNOWN;
    }
    return switch (operator) {
      case "-n" -> Truth.of(!text.isEmpty());
      case "-z" -> Truth.of(text.isEmpty());
      default -> file(operator, text);
    };
  }

  private Truth file(String operator, String name) throws IOException {
    if (!HostPaths.isPath(name)) {
      return Truth.UNKNOWN;
    }
    Path file = Path.of(name).normalize();
    if (!file.startsWith(directory)) {
      return Truth.UNKNOWN;
    }
    return Truth.of(
        switch (operator) {
          case "-d" -> Files.isDirectory(file);
          case "-s" -> Files.isRegularFile(file) && Files.size(file) > 0;
          case "-f" -> Files.isRegularFile(file);
          default -> Files.exists(file);
        });
  }

  private boolean is(String word) {
    return at < arguments.size() && word.equals(arguments.get(at).text());
  }
}
