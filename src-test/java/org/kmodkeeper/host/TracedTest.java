package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class TracedTest {
  private final Traced<String, Integer> traced = new Traced<>(10);
  private final Path directory;
  private final Path file;
  private int made;

  TracedTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.file = Files.writeString(directory.resolve("file"), "one");
  }

  /** A look that begins long after every file here has changed for the last time. */
  private static Trace later() {
    return Trace.begin(Instant.now().plus(Duration.ofHours(1)));
  }

  private int get(Trace disk, Traced.Source<Integer> source)
      throws IOException, InterruptedException {
    return traced.get("key", disk, source);
  }

  private int readFile(Trace disk) {
    disk.identity(file);
    return ++made;
  }

  private int list(Trace disk) throws IOException {
    disk.list(directory);
    return ++made;
  }

  @Test
  void nothing_is_made_twice_while_its_files_stay_the_same() throws Exception {
    get(later(), this::readFile);

    assertThat(get(later(), this::readFile)).isEqualTo(1);
  }

  @Test
  void a_changed_file_has_it_made_anew_even_with_its_old_time_and_size() throws Exception {
    FileTime time = Files.getLastModifiedTime(file);
    get(later(), this::readFile);

    Files.writeString(file, "two");
    Files.setLastModifiedTime(file, time);

    assertThat(get(later(), this::readFile)).isEqualTo(2);
  }

  @Test
  void a_file_that_comes_has_it_made_anew() throws Exception {
    Files.delete(file);
    get(later(), this::readFile);

    Files.writeString(file, "one");

    assertThat(get(later(), this::readFile)).isEqualTo(2);
  }

  @Test
  void a_file_that_goes_has_it_made_anew() throws Exception {
    get(later(), this::readFile);

    Files.delete(file);

    assertThat(get(later(), this::readFile)).isEqualTo(2);
  }

  @Test
  void a_new_entry_changes_what_was_listed() throws Exception {
    get(later(), this::list);

    Files.createFile(directory.resolve("another"));

    assertThat(get(later(), this::list)).isEqualTo(2);
  }

  @Test
  void a_file_that_has_just_changed_is_not_relied_on() throws Exception {
    Instant now = Files.getLastModifiedTime(file).toInstant();
    get(Trace.begin(now), this::readFile);

    assertThat(get(Trace.begin(now), this::readFile)).isEqualTo(2);
  }

  @Test
  void what_is_in_doubt_is_made_anew() throws Exception {
    for (int turn = 1; turn <= 2; turn++) {
      int value =
          get(
              later(),
              disk -> {
                disk.doubt();
                return readFile(disk);
              });

      assertThat(value).isEqualTo(turn);
    }
  }

  @Test
  void of_several_only_those_that_changed_are_made_anew() throws Exception {
    Path other = Files.writeString(file.resolveSibling("other"), "other");
    var known = new Traced<Path, String>(8);
    List<Path> paths = List.of(file, other);
    known.getAll(paths, later(), TracedTest::read);
    Files.writeString(other, "changed");
    List<Path> remade = new ArrayList<>();

    Map<Path, String> again =
        known.getAll(
            paths,
            later(),
            unknown -> {
              remade.addAll(unknown.keySet());
              return read(unknown);
            });

    assertThat(remade).containsExactly(other);
    assertThat(again).containsEntry(other, "changed").containsKey(file);
  }

  @Test
  void of_several_one_that_failed_is_left_out_and_not_remembered() throws Exception {
    var known = new Traced<Path, String>(8);

    assertThat(known.getAll(List.of(file), later(), unknown -> Map.of())).isEmpty();
    assertThat(known.getAll(List.of(file), later(), TracedTest::read)).containsKey(file);
  }

  private static Map<Path, String> read(Map<Path, Trace> unknown) throws IOException {
    Map<Path, String> texts = new HashMap<>();
    for (Map.Entry<Path, Trace> one : unknown.entrySet()) {
      one.getValue().identity(one.getKey());
      texts.put(one.getKey(), Files.readString(one.getKey()));
    }
    return texts;
  }

  @Test
  void a_failure_is_not_remembered() throws Exception {
    Traced.Source<Integer> failing =
        disk -> {
          throw new IOException("no luck");
        };

    assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> get(later(), failing)))
        .isInstanceOf(IOException.class);
    assertThat(get(later(), this::readFile)).isEqualTo(1);
  }

  @Test
  void one_look_sees_one_state_of_a_file() throws Exception {
    Trace disk = later();
    var before = disk.identity(file);

    Files.writeString(file, "something longer");

    assertThat(disk.branch().identity(file)).isEqualTo(before);
    assertThat(later().identity(file)).isNotEqualTo(before);
  }

  @Test
  void a_path_below_a_file_leads_nowhere() throws Exception {
    assertThat(later().exists(file.resolve("below"))).isFalse();
    assertThat(later().list(file)).isEmpty();
  }
}
