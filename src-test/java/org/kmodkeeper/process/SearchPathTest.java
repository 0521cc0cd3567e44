package org.kmodkeeper.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SearchPathTest {
  private final Path first;
  private final Path second;
  private final SearchPath path;

  SearchPathTest(@TempDir Path directory) throws IOException {
    first = Files.createDirectory(directory.resolve("first"));
    second = Files.createDirectory(directory.resolve("second"));
    path = new SearchPath(List.of(first, second));
  }

  @Test
  void finds_the_first_directory_with_the_program() throws IOException {
    Path wanted = program(first.resolve("make"));
    program(second.resolve("make"));

    assertThat(path.find("make")).hasValue(wanted);
  }

  @Test
  void skips_a_file_that_cannot_be_executed() throws IOException {
    Files.createFile(first.resolve("make"));
    Path wanted = program(second.resolve("make"));

    assertThat(path.find("make")).hasValue(wanted);
  }

  @Test
  void skips_a_directory_of_that_name() throws IOException {
    Files.createDirectory(first.resolve("make"));

    assertThat(path.find("make")).isEmpty();
  }

  @Test
  void finds_no_program_without_a_name() {
    assertThat(path.find("")).isEmpty();
  }

  @Test
  void finds_nothing_in_a_directory_that_is_not_there() {
    assertThat(new SearchPath(List.of(first.resolve("none"))).find("make")).isEmpty();
  }

  @Test
  void takes_a_name_with_a_slash_as_it_is() throws IOException {
    Path wanted = program(first.resolve("make"));

    assertThat(new SearchPath(List.of()).find(wanted.toString())).hasValue(wanted);
    assertThat(path.find(first.resolve("none").toString())).isEmpty();
  }

  @Test
  void reads_as_the_variable_PATH_does() {
    assertThat(path).hasToString(first + ":" + second);
  }

  private static Path program(Path file) throws IOException {
    return Files.setPosixFilePermissions(
        Files.createFile(file), PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
