package org.kmodkeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The documents against the repository. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DocumentsTest {
  private static final Path README = Path.of("README.md");

  /** A target in parentheses after a text in brackets; its anchor is left out. */
  private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(#[^)]*)?\\)");

  /** A path of this repository between backquotes, as far as it is spelled out. */
  private static final Pattern PATH =
      Pattern.compile(
          "`((?:daemon|docs|rpm-spec|src-test|systemd|yum-plugin|\\.ci)/[\\w./@+-]*)[`{*<]");

  static Stream<Path> documents() throws IOException {
    try (Stream<Path> below = Files.walk(Path.of("docs"), FileVisitOption.FOLLOW_LINKS)) {
      Stream<Path> all =
          Stream.concat(
              below,
              Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
                  .map(Path::of));
      return all.filter(file -> file.toString().endsWith(".md")).toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void has_no_dead_relative_link(Path document) throws IOException {
    List<String> targets =
        found(LINK, document).filter(target -> !target.matches("[a-z]+:.*")).toList();

    assertThat(targets)
        .allSatisfy(target -> assertThat(document.resolveSibling(target).normalize()).exists());
  }

  @ParameterizedTest
  @MethodSource("documents")
  void names_only_existing_paths_of_the_repository(Path document) throws IOException {
    assertThat(found(PATH, document)).allSatisfy(path -> assertThat(Path.of(path)).exists());
  }

  @Test
  void reaches_every_document_from_the_README() throws IOException {
    Stream<Path> linked =
        Stream.concat(
                found(LINK, README).map(Path::of),
                found(LINK, Path.of("docs/architecture.md")).map(Path.of("docs")::resolve))
            .map(Path::normalize);

    List<Path> pages = documents().filter(file -> !file.equals(README)).toList();
    List<Path> reached = linked.toList();
    assertThat(pages)
        .hasSizeGreaterThan(10)
        .allSatisfy(page -> assertThat(reached).containsAnyOf(page, page.getParent()));
  }

  @Test
  void has_a_short_README_that_names_how_to_try_and_test() throws IOException {
    assertThat(Files.readAllLines(README))
        .hasSizeLessThanOrEqualTo(120)
        .anyMatch(line -> line.matches("sudo make try +#.*"))
        .anyMatch(line -> line.matches("sudo make check +#.*"));
  }

  private static Stream<String> found(Pattern pattern, Path document) throws IOException {
    return pattern
        .matcher(Files.readString(document))
        .results()
        .map((MatchResult found) -> found.group(1));
  }
}
