package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kmodkeeper.model.KebabCase;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.systemd.MessageId;

/** The pages of verdicts and events against the program. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PagesTest {
  private static final Path VERDICTS = Path.of("docs/verdicts");
  private static final Path EVENTS = Path.of("docs/events");

  private static List<String> pages(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void has_a_page_for_each_verdict_and_no_other() throws IOException {
    assertThat(pages(VERDICTS))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Verdict.values()).map(verdict -> verdict + ".md").toList());
  }

  @Test
  void has_a_page_for_each_event_and_no_other() throws IOException {
    assertThat(pages(EVENTS))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(MessageId.values()).map(event -> KebabCase.of(event) + ".md").toList());
  }

  @ParameterizedTest
  @EnumSource
  void says_what_the_table_of_verdicts_says(Verdict verdict) throws IOException {
    String bootable =
        verdict.bootable()
            ? "the kernel counts as bootable"
            : "the kernel is not bootable, if the driver is required";
    String build = verdict.needsBuild() ? "A build may fix it." : "A build does not change it.";

    assertThat(Files.readString(VERDICTS.resolve(verdict + ".md")))
        .startsWith(
            "# %s\n\nExit status %d: %s. %s\n"
                .formatted(verdict, verdict.exitStatus(), bootable, build));
  }

  @ParameterizedTest
  @EnumSource
  void tells_of_a_verdict_what_it_means_and_what_to_do(Verdict verdict) throws IOException {
    String page = Files.readString(VERDICTS.resolve(verdict + ".md"));

    assertThat(sections(page))
        .startsWith("What it means", "How it comes about", "What to do", "Example");
    assertThat(page.split("\n## Example\n", 2)[1]).containsPattern("```\n(?s:.*)\\b" + verdict);
    assertThat(page.contains("```sh\n")).isEqualTo(verdict != Verdict.READY);
  }

  private static List<String> sections(String page) {
    return Pattern.compile("(?m)^## (.+)$")
        .matcher(page)
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void tells_of_an_event_what_it_means_and_what_to_do(MessageId event) throws IOException {
    String page = Files.readString(EVENTS.resolve(KebabCase.of(event) + ".md"));

    assertThat(page)
        .startsWith("# " + KebabCase.of(event) + "\n\n`journalctl MESSAGE_ID=" + event.id() + "`");
    assertThat(sections(page)).startsWith("What it means", "How it comes about", "What to do");
  }

  @ParameterizedTest
  @EnumSource
  void is_named_by_the_catalog(MessageId event) throws IOException {
    String catalog = Files.readString(Path.of("systemd/kmodkeeper.catalog"));

    assertThat(catalog.split("-- " + event.id() + "\n", 2)[1].split("\n-- ", 2)[0])
        .contains(
            "\nDocumentation: file:/usr/share/kmodkeeper/events/" + KebabCase.of(event) + ".md\n");
  }

  @Test
  void is_installed_where_the_program_says() throws IOException {
    String rules = Files.readString(Path.of("Makefile"));

    assertThat(rules).contains("DATADIR     := $(PREFIX)/share/kmodkeeper\n");
    assertThat(rules)
        .contains("-t $(DESTDIR)$(DATADIR)/verdicts docs/verdicts/*\n")
        .contains("-t $(DESTDIR)$(DATADIR)/events docs/events/*\n");
    assertThat(Verdict.NO_HEADERS.reference())
        .isEqualTo("what to do: /usr/share/kmodkeeper/verdicts/no-headers.md");
  }
}
