package org.kmodkeeper.adopt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kmodkeeper.adopt.SourceEntry.Kind;

/** What of a source is admitted, entry by entry. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class SourceValidatorTest {
  private static final FileTime TIME = FileTime.fromMillis(0);

  private final SourceValidator rules = new SourceValidator("nic-1.tar", "nic-1");

  private static SourceEntry entry(Kind kind, String path, String target) {
    return new SourceEntry(path, kind, 0, 0, TIME, target);
  }

  private static SourceEntry file(String path) {
    return entry(Kind.FILE, path, "");
  }

  private static SourceEntry link(String path, String target) {
    return entry(Kind.SYMBOLIC_LINK, path, target);
  }

  private String admitted(SourceEntry entry) throws RefusedException {
    return rules.admit(entry).map(SourceEntry::path).orElse("nothing");
  }

  private void assertRefused(SourceEntry entry, String why) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> rules.admit(entry))
        .withMessageStartingWith("nic-1.tar: ")
        .withMessageContaining(why)
        .matches(refused -> String.valueOf(refused.getMessage()).lines().count() == 1, "one line");
  }

  @ParameterizedTest
  @CsvSource({
    "nic-1/Makefile, Makefile",
    "./nic-1/src/nic.c, src/nic.c",
    "nic-1//src/./nic.c, src/nic.c",
    "nic-1/a name with blanks, a name with blanks",
    "nic-1/...trick, ...trick",
  })
  void names_a_file_by_its_path_below_the_top(String given, String path) throws Exception {
    assertThat(admitted(file(given))).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nic-1", "./nic-1/", "./", "."})
  void omits_the_top_itself(String given) throws Exception {
    assertThat(admitted(entry(Kind.DIRECTORY, given, ""))).isEqualTo("nothing");
  }

  @ParameterizedTest
  @CsvSource({
    "../evil, leads out",
    "nic-1/../../evil, leads out",
    "nic-1/src/../../../evil, leads out",
    "nic-1/.., leads out",
    "/etc/passwd, an absolute path",
    "//etc/passwd, an absolute path",
    "other-1/Makefile, outside of nic-1",
  })
  void refuses_a_path_that_leads_out(String path, String why) {
    assertRefused(file(path), why);
  }

  @Test
  void refuses_and_masks_a_name_with_control_characters() {
    assertRefused(file("nic-1/a\u001b[31m\nb"), "control characters");
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> rules.admit(file("nic-1/a\u001b[31m\nb")))
        .withMessageNotContaining("\u001b");
  }

  @Test
  void refuses_names_that_no_file_can_have_here() {
    // Half of a surrogate pair has no bytes in UTF-8, as letters beyond ASCII have none in C.
    assertRefused(file("nic-1/\ud800"), "cannot represent");
    assertRefused(link("nic-1/a", "\ud800"), "cannot represent");
  }

  @Test
  void refuses_long_names_and_paths() {
    assertRefused(file("nic-1/" + "x".repeat(256)), "more than 255 bytes");
    assertRefused(file("nic-1/" + "\u00e9".repeat(128)), "more than 255 bytes");
    assertRefused(file("nic-1" + "/x".repeat(300)), "more than 512 characters");
  }

  @Test
  void refuses_what_is_not_a_file_directory_or_link() {
    assertRefused(entry(Kind.OTHER, "nic-1/null", ""), "not a file, a directory or a link");
  }

  @ParameterizedTest
  @CsvSource({
    "nic-1/a, b",
    "nic-1/a, src/b",
    "nic-1/src/a, ../b",
    "nic-1/src/core/a, ../../b/c",
    "nic-1/a, ./b",
    "nic-1/a, .",
    "nic-1/src/a, ..",
  })
  void keeps_a_symbolic_link_that_stays_inside_as_it_is(String path, String target)
      throws Exception {
    assertThat(rules.admit(link(path, target)).orElseThrow().target()).isEqualTo(target);
  }

  @ParameterizedTest
  @CsvSource({
    "nic-1/a, ../b",
    "nic-1/a, ..",
    "nic-1/src/a, ../../b",
    "nic-1/src/a, ../../nic-1",
    "nic-1/src/a, ./../../b",
    "nic-1/a, /etc/shadow",
    "nic-1/a, //etc/shadow",
    // Through a link that goes up, b/.. would be another place than it seems.
    "nic-1/a, b/../c",
    "nic-1/src/a, b/../../c",
    "nic-1/src/a, ../b/../c",
  })
  void refuses_a_symbolic_link_that_leads_or_may_lead_out(String path, String target) {
    assertRefused(link(path, target), "leads out");
  }

  @Test
  void writes_nothing_through_a_link() throws Exception {
    rules.admit(link("nic-1/a", "src"));

    assertRefused(file("nic-1/a/nic.c"), "below a file that is not a directory");
  }

  @Test
  void replaces_no_directory_that_has_files() throws Exception {
    rules.admit(file("nic-1/a/nic.c"));

    assertRefused(link("nic-1/a", "src"), "there twice");
  }

  @Test
  void refuses_a_file_named_twice() throws Exception {
    rules.admit(file("nic-1/nic.c"));

    assertRefused(file("nic-1/./nic.c"), "there twice");
    assertRefused(link("nic-1/nic.c", "src"), "there twice");
  }

  @Test
  void accepts_a_directory_named_twice() throws Exception {
    rules.admit(file("nic-1/src/nic.c"));

    assertThat(admitted(entry(Kind.DIRECTORY, "nic-1/src/", ""))).isEqualTo("src");
    assertThat(admitted(entry(Kind.DIRECTORY, "nic-1/src/", ""))).isEqualTo("src");
  }

  @Test
  void accepts_a_hard_link_only_to_an_earlier_file() throws Exception {
    rules.admit(file("nic-1/nic.c"));
    rules.admit(link("nic-1/link", "nic.c"));

    assertThat(
            rules
                .admit(entry(Kind.HARD_LINK, "nic-1/copy.c", "nic-1/nic.c"))
                .map(SourceEntry::target))
        .contains("nic.c");
    for (String target : List.of("nic-1/none.c", "nic-1/link", "nic-1", "../x", "/etc/shadow")) {
      assertThatExceptionOfType(RefusedException.class)
          .as(target)
          .isThrownBy(
              () -> rules.admit(entry(Kind.HARD_LINK, "nic-1/" + target.hashCode(), target)));
    }
  }

  @Test
  void refuses_more_files_than_any_driver_has() throws Exception {
    List<SourceEntry> most = new ArrayList<>();
    for (int at = 0; at < SourceValidator.MAX_FILES; at++) {
      most.add(file("nic-1/" + at));
    }
    for (SourceEntry one : most) {
      rules.admit(one);
    }

    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> rules.admit(file("nic-1/one-more")))
        .withMessageContaining("more than 20000 files");
  }

  @ParameterizedTest
  @ValueSource(longs = {(512L << 20) + 1, Long.MAX_VALUE, -1})
  void refuses_more_bytes_than_any_driver_has(long size) {
    var large = new SourceEntry("nic-1/large", Kind.FILE, size, 0, TIME, "");

    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> rules.admit(large))
        .withMessageContaining("more than 512 MiB");
  }
}
