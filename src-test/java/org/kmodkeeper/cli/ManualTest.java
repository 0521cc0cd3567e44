package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.kmodkeeper.model.Attempt;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;
import picocli.CommandLine.Model.OptionSpec;

/** The manual pages against the program. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ManualTest {
  private static final Path PAGES = Path.of("daemon/dist/man");

  private final String page = Files.readString(PAGES.resolve("kmodkeeper.1"));

  private final TestTerminal terminal;

  ManualTest(@TempDir Path root) throws IOException {
    terminal = new TestTerminal(root);
  }

  static List<String> commands() {
    return List.copyOf(TestTerminal.commands().keySet());
  }

  /** What the page says of a command. */
  private String section(String name) {
    assertThat(page).contains("\n.Ss " + name + "\n");
    return page.split("\n\\.Ss " + name + "\n", 2)[1].split("\n\\.S[hs] ", 2)[0];
  }

  @ParameterizedTest
  @MethodSource("commands")
  void explains_every_command_with_exactly_its_options(String name) {
    List<String> options =
        TestTerminal.command(name).options().stream()
            .filter(option -> !option.usageHelp() && !option.versionHelp())
            .map(OptionSpec::longestName)
            .toList();

    assertThat(flags(section(name))).containsExactlyInAnyOrderElementsOf(options);
  }

  /** {@code --kernel} is {@code Fl -kernel} in mdoc(7). */
  private static Set<String> flags(String section) {
    var flags = new TreeSet<String>();
    Matcher found = Pattern.compile("(?m)^\\.(?:Op|It) Fl (-[a-z-]+)").matcher(section);
    while (found.find()) {
      flags.add("-" + found.group(1));
    }
    return flags;
  }

  @Test
  void explains_no_other_command() {
    assertThat(items("COMMANDS", "\\.Ss (.+)"))
        .startsWith("Options of several commands")
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(Stream.of("Options of several commands"), commands().stream()).toList());
  }

  /** What a section of the page has an entry for. */
  private List<String> items(String section, String entry) {
    return Pattern.compile("(?m)^" + entry + "$")
        .matcher(page.split("\n\\.Sh " + section + "\n", 2)[1].split("\n\\.Sh ", 2)[0])
        .results()
        .flatMap(found -> Stream.of(found.group(1).split(" , ")))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void names_every_argument_of_a_command(String name) {
    assertThat(TestTerminal.command(name).positionalParameters())
        .allSatisfy(
            one ->
                assertThat(section(name))
                    .containsAnyOf(
                        "\n.Ar " + one.paramLabel(),
                        "\n.Op Ar " + one.paramLabel(),
                        "\n.Cm " + one.paramLabel().replace("|", " | ")));
  }

  @Test
  void lists_every_exit_status_and_no_other() {
    assertThat(items("EXIT STATUS", "\\.It (.+)"))
        .containsExactlyElementsOf(ExitStatus.table().keySet());
    assertThat(ExitStatus.table())
        .hasSizeGreaterThan(ExitStatus.values().length)
        .allSatisfy(
            (code, meaning) -> assertThat(page).contains("\n.It " + code + "\n" + meaning + "\n"));
  }

  @Test
  void gives_each_exit_status_its_own_number() {
    assertThat(
            Stream.concat(
                Arrays.stream(ExitStatus.values()).map(ExitStatus::code),
                Arrays.stream(Verdict.values())
                    .map(Verdict::exitStatus)
                    .filter(status -> status != ExitStatus.OK.code())))
        .doesNotHaveDuplicates();
  }

  @Test
  void explains_every_verdict_and_no_other() {
    assertThat(items("VERDICTS", "\\.It Cm (.+)"))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Verdict.values()).map(Verdict::toString).toList());
  }

  /** What a section of the daemon's page says. */
  private static String daemon(String section) throws IOException {
    String daemon = Files.readString(PAGES.resolve("kmodkeeperd.8"));
    return daemon.split("\n\\.Sh " + section + "\n", 2)[1].split("\n\\.Sh ", 2)[0];
  }

  @ParameterizedTest
  @EnumSource
  void explains_every_remedy(Remedy remedy) throws IOException {
    assertThat(daemon("DESCRIPTION")).contains("\n.It Cm " + remedy + "\n");
    assertThat(daemon("JOURNAL")).containsPattern("REMEDY(?s:.*)\\b" + remedy + "\\b");
  }

  @ParameterizedTest
  @EnumSource
  void lists_every_outcome(Attempt.Outcome outcome) throws IOException {
    assertThat(daemon("JOURNAL")).containsPattern("OUTCOME(?s:.*)\\b" + outcome + "\\b");
  }

  @Test
  void explains_the_fields_of_the_journal() throws IOException {
    Set<String> logged = new TreeSet<>();
    try (Stream<Path> sources =
        Files.walk(Path.of("daemon/src/main/java"), FileVisitOption.FOLLOW_LINKS)) {
      for (Path source : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
        Pattern.compile("addKeyValue\\(\\s*\"([A-Z_]+)\"")
            .matcher(Files.readString(source))
            .results()
            .forEach(found -> logged.add(found.group(1)));
      }
    }

    List<String> explained =
        Pattern.compile("(?m)^\\.It Va (.+)$")
            .matcher(daemon("JOURNAL"))
            .results()
            .flatMap(found -> Stream.of(found.group(1).split(" , ")))
            .toList();

    // The page names the first in prose; the second is no field: its lines follow the message.
    logged.removeAll(Set.of("MESSAGE_ID", "QUOTED"));
    assertThat(explained).containsExactlyInAnyOrderElementsOf(logged);
  }

  @Test
  void explains_the_JSON_of_doctor() {
    assertThat(
            Stream.of(DoctorCommand.Diagnoses.class, DoctorCommand.Line.class)
                .flatMap(record -> Arrays.stream(record.getRecordComponents()))
                .map(RecordComponent::getName))
        .allSatisfy(field -> assertThat(section("doctor")).contains("\n.Va " + field));
  }

  @Test
  void explains_the_checks_of_doctor() {
    terminal.run("doctor");

    assertThat(terminal.out().lines().filter(line -> line.matches("(ok|bad|unknown|note) .*")))
        .isNotEmpty()
        .allSatisfy(
            line ->
                assertThat(section("doctor"))
                    .contains("\n.It Cm " + line.split(" +", 3)[1] + "\n"));
  }

  static Stream<Path> documents() throws IOException {
    try (Stream<Path> pages = Files.walk(Path.of("docs"), FileVisitOption.FOLLOW_LINKS)) {
      return Stream.concat(pages, Stream.of("README.md", "SECURITY.md").map(Path::of))
          .filter(file -> file.toString().endsWith(".md"))
          .toList()
          .stream();
    }
  }

  /** Those that stand in a block or between backquotes. */
  @ParameterizedTest
  @MethodSource("documents")
  void shows_only_command_lines_that_are_understood(Path document) throws IOException {
    Pattern line = Pattern.compile("(^|`|[;#&] )kmodkeeper ([a-z]+)((?: --[a-z-]+)*)");
    boolean block = false;
    for (String text : Files.readAllLines(document)) {
      block ^= text.startsWith("```");
      for (Matcher found = line.matcher(text); found.find(); ) {
        if (block || found.group(1).equals("`")) {
          assertThat(commands()).as(text).contains(found.group(2));
          assertThat(TestTerminal.command(found.group(2)).optionsMap().keySet())
              .as(text)
              .containsAll(options(found.group(3)).toList());
        }
      }
    }
  }

  private static Stream<String> options(String words) {
    return Arrays.stream(words.split(" ")).filter(word -> word.startsWith("-"));
  }

  @Test
  void has_each_page_that_a_unit_names() throws IOException {
    try (Stream<Path> units = Files.list(Path.of("systemd"))) {
      for (Path unit :
          units.filter(file -> file.toString().matches(".*\\.(service|socket)")).toList()) {
        List<String> named =
            Pattern.compile("man:([a-z.]+)\\((\\d)\\)")
                .matcher(Files.readString(unit))
                .results()
                .map(found -> found.group(1) + "." + found.group(2))
                .toList();
        assertThat(named)
            .as(unit.toString())
            .isNotEmpty()
            .allSatisfy(name -> assertThat(PAGES.resolve(name)).exists());
      }
    }
  }
}
