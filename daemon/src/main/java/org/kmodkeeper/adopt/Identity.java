package org.kmodkeeper.adopt;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Driver;
import org.kmodkeeper.text.TextSanitizer;

/** A driver's name and version, as dkms and {@code /usr/src} know it. */
public record Identity(String name, String version) {
  private static final List<String> ENDINGS =
      List.of(".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar");

  /** {@code ixgbevf-4.18.7}: the version begins with the first digit after a hyphen. */
  private static final Pattern NAME_AND_VERSION = Pattern.compile("(.+?)-v?([0-9].*)");

  /** What one source of knowledge tells; either may be null. */
  public record Hint(@Nullable String name, @Nullable String version) {
    static final Hint NONE = new Hint(null, null);

    /** What the name of an archive or a directory tells. */
    static Hint of(String fileName) {
      String stem =
          ENDINGS.stream()
              .filter(fileName::endsWith)
              .findFirst()
              .map(ending -> fileName.substring(0, fileName.length() - ending.length()))
              .orElse(fileName);
      Matcher both = NAME_AND_VERSION.matcher(stem);
      return both.matches() ? new Hint(both.group(1), both.group(2)) : NONE;
    }
  }

  /** {@code <name>-<version>}, the name of its source's directory. */
  String directory() {
    return name + "-" + version;
  }

  @Override
  public String toString() {
    return name + " " + version;
  }

  /**
   * The first usable name and the first usable version.
   *
   * @param source for messages
   * @param asked what the operator says; it must be usable
   * @param hints what else tells, the most reliable first
   */
  static Identity of(String source, Hint asked, List<Hint> hints) throws RefusedException {
    require("--name", asked.name(), Driver::isName, "letters, digits and . _ + ~ -");
    require(
        "--version",
        asked.version(),
        Identity::isVersion,
        "a digit, then letters, digits and . _ + ~ -");
    List<Hint> all = Stream.concat(Stream.of(asked), hints.stream()).toList();
    Optional<String> name =
        all.stream()
            .flatMap(hint -> Stream.ofNullable(hint.name()))
            .filter(Driver::isName)
            .findFirst();
    Optional<String> version =
        all.stream()
            .flatMap(hint -> Stream.ofNullable(hint.version()))
            .filter(Identity::isVersion)
            .findFirst();
    if (name.isEmpty() || version.isEmpty()) {
      String lacking = name.isEmpty() ? "name" : "version";
      throw new RefusedException(
          "%s: tells no %s of a driver; give it with --%s".formatted(source, lacking, lacking));
    }
    return new Identity(name.get(), version.get());
  }

  private static void require(
      String option,
      @Nullable String value,
      java.util.function.Predicate<String> usable,
      String expected)
      throws RefusedException {
    if (value != null && !usable.test(value)) {
      throw new RefusedException(
          option + " " + TextSanitizer.quoted(value) + ": expected " + expected);
    }
  }

  /**
   * What begins with a digit: so the versions of one driver are told from drivers of like names.
   */
  private static boolean isVersion(String text) {
    return Driver.isName(text) && Character.isDigit(text.charAt(0));
  }
}
