package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FileDependentCacheTest {
  /** Long after every file here has changed for the last time. */
  private final Clock later = Clock.fixed(Instant.now().plus(Duration.ofHours(1)), ZoneOffset.UTC);

  private final FileDependentCache<String, String> cache = new FileDependentCache<>(10, later);
  private final Path directory;
  private final Path file;
  private int made;

  FileDependentCacheTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.file = Files.writeString(directory.resolve("file"), "one");
  }

  private int timesMadeOf(Path path) throws IOException, InterruptedException {
    cache.get("key", List.of(path), () -> "made " + ++made);
    return made;
  }

  @Test
  void makes_nothing_twice_while_its_files_stay_the_same() throws Exception {
    timesMadeOf(file);

    assertThat(timesMadeOf(file)).isEqualTo(1);
  }

  @Test
  void sees_a_changed_file_even_with_its_old_time_and_size() throws Exception {
    FileTime time = Files.getLastModifiedTime(file);
    timesMadeOf(file);

    Files.writeString(file, "two");
    Files.setLastModifiedTime(file, time);

    assertThat(timesMadeOf(file)).isEqualTo(2);
  }

  @Test
  void sees_a_file_come_and_go() throws Exception {
    timesMadeOf(file);

    Files.delete(file);
    assertThat(timesMadeOf(file)).isEqualTo(2);

    Files.writeString(file, "one");
    assertThat(timesMadeOf(file)).isEqualTo(3);
  }

  @Test
  void sees_a_new_entry_of_a_directory() throws Exception {
    timesMadeOf(directory);

    Files.createFile(directory.resolve("another"));

    assertThat(timesMadeOf(directory)).isEqualTo(2);
  }

  @Test
  void sees_that_other_files_count() throws Exception {
    Path other = Files.writeString(directory.resolve("other"), "other");
    timesMadeOf(file);

    assertThat(timesMadeOf(other)).isEqualTo(2);
  }

  @Test
  void does_not_rely_on_a_file_that_has_just_changed() throws Exception {
    Instant changed = Files.getLastModifiedTime(file).toInstant();
    var young = new FileDependentCache<String, Integer>(10, Clock.fixed(changed, ZoneOffset.UTC));

    young.get("key", List.of(file), () -> 1);

    assertThat(young.get("key", List.of(file), () -> 2)).isEqualTo(2);
  }

  @Test
  void takes_no_change_during_the_making_for_what_was_made() throws Exception {
    cache.get(
        "key", List.of(file), () -> Files.readString(Files.writeString(file, "something longer")));

    assertThat(timesMadeOf(file)).isEqualTo(1);
  }

  @Test
  void does_not_remember_a_failure() throws Exception {
    assertThatIOException()
        .isThrownBy(
            () ->
                cache.get(
                    "key",
                    List.of(file),
                    () -> {
                      throw new IOException("no luck");
                    }));

    assertThat(timesMadeOf(file)).isEqualTo(1);
  }

  @Test
  void makes_of_several_only_those_that_changed() throws Exception {
    Path other = Files.writeString(directory.resolve("other"), "other");
    Map<String, List<Path>> both = Map.of("file", List.of(file), "other", List.of(other));
    cache.getAll(both, this::read);
    Files.writeString(other, "changed");
    List<String> remade = new ArrayList<>();

    Map<String, String> again =
        cache.getAll(
            both,
            unknown -> {
              remade.addAll(unknown);
              return read(unknown);
            });

    assertThat(remade).containsExactly("other");
    assertThat(again).isEqualTo(Map.of("file", "one", "other", "changed"));
  }

  @Test
  void leaves_out_one_that_failed_and_does_not_remember_it() throws Exception {
    Map<String, List<Path>> wanted = Map.of("file", List.of(file));

    assertThat(cache.getAll(wanted, unknown -> Map.of())).isEmpty();
    assertThat(cache.getAll(wanted, this::read)).containsEntry("file", "one");
  }

  private Map<String, String> read(Set<String> names) throws IOException {
    Map<String, String> texts = new HashMap<>();
    for (String name : names) {
      texts.put(name, Files.readString(directory.resolve(name)));
    }
    return texts;
  }
}
