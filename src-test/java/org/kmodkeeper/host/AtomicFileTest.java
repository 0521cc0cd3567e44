package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.testing.HostFixture;

@DisplayNameGeneration(ReplaceUnderscores.class)
class AtomicFileTest {
  private final Path directory;
  private final Path file;

  AtomicFileTest(@TempDir Path directory) {
    this.directory = directory;
    this.file = directory.resolve("sub/file");
  }

  @Test
  void a_file_is_written_with_its_directories() throws IOException {
    AtomicFile.write(file, "text\n");

    assertThat(file).hasContent("text\n");
  }

  @Test
  void who_reads_the_old_file_keeps_reading_the_old_text() throws IOException {
    AtomicFile.write(file, "old");

    try (var reader = Files.newInputStream(file)) {
      AtomicFile.write(file, "new");

      assertThat(reader.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("old");
    }
    assertThat(file).hasContent("new");
  }

  @Test
  void a_callers_file_is_as_readable_as_any_that_he_makes() throws IOException {
    Path his = Files.createFile(directory.resolve("his"));

    AtomicFile.writeForCaller(directory.resolve("report"), "text\n");

    assertThat(directory.resolve("report")).hasContent("text\n");
    assertThat(Files.getPosixFilePermissions(directory.resolve("report")))
        .isEqualTo(Files.getPosixFilePermissions(his));
  }

  @Test
  void replaces_a_link_and_leftovers_by_the_callers_file() throws IOException {
    Path victim = Files.writeString(directory.resolve("victim"), "precious");
    Path report = Files.createSymbolicLink(directory.resolve("report"), victim);
    Files.createSymbolicLink(directory.resolve("report" + AtomicFile.PARTIAL), victim);

    AtomicFile.writeForCaller(report, "text");

    assertThat(victim).hasContent("precious");
    assertThat(report).hasContent("text").isRegularFile();
    assertThat(Files.isSymbolicLink(report)).isFalse();
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("victim", "report");
  }

  @Test
  void a_callers_file_needs_its_directory() {
    assertThatIOException().isThrownBy(() -> AtomicFile.writeForCaller(file, "text"));
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void nothing_is_left_next_to_the_file() throws IOException {
    AtomicFile.write(file, "text");

    assertThat(directory.resolve("sub").toFile().list()).hasSize(1);
  }

  @Test
  void a_copy_is_readable_for_all_and_writable_for_its_owner() throws IOException {
    Path from = HostFixture.write(directory.resolve("from"), "module");
    Files.setPosixFilePermissions(from, PosixFilePermissions.fromString("rwx------"));

    AtomicFile.copy(from, file);

    assertThat(file).hasContent("module");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r--r--");
  }

  @Test
  void what_a_crash_left_under_the_partial_name_is_in_nobodys_way() throws IOException {
    HostFixture.write(directory.resolve("sub/file" + AtomicFile.PARTIAL), "torn, and longer");

    AtomicFile.write(file, "whole");

    assertThat(file).hasContent("whole");
  }

  @Test
  void a_full_disk_is_told_with_the_files_name_and_nothing_is_left() throws IOException {
    Files.createDirectories(directory.resolve("sub"));
    Files.createSymbolicLink(
        directory.resolve("sub/file" + AtomicFile.PARTIAL), Path.of("/dev/full"));

    assertThatIOException()
        .isThrownBy(() -> AtomicFile.write(file, "text"))
        .withMessage(file + ": No space left on device");

    assertThat(directory.resolve("sub")).isEmptyDirectory();
  }

  @Test
  void a_write_that_fails_leaves_no_partial_file() throws IOException {
    HostFixture.write(file.resolve("a directory that cannot be replaced"), "");

    assertThatIOException().isThrownBy(() -> AtomicFile.write(file, "text"));

    assertThat(directory.resolve("sub").toFile().list()).containsExactly("file");
  }
}
