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
  void creates_a_file_with_its_directories() throws IOException {
    AtomicFile.write(file, "text\n");

    assertThat(file).hasContent("text\n");
  }

  @Test
  void keeps_the_old_text_for_who_reads_the_old_file() throws IOException {
    AtomicFile.write(file, "old");

    try (var reader = Files.newInputStream(file)) {
      AtomicFile.write(file, "new");

      assertThat(reader.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("old");
    }
    assertThat(file).hasContent("new");
  }

  @Test
  void leaves_a_callers_file_as_readable_as_any_of_his() throws IOException {
    Path his = Files.createFile(directory.resolve("his"));

    AtomicFile.writeForCaller(directory.resolve("report"), out -> out.write("text\n"));

    assertThat(directory.resolve("report")).hasContent("text\n");
    assertThat(Files.getPosixFilePermissions(directory.resolve("report")))
        .isEqualTo(Files.getPosixFilePermissions(his));
  }

  @Test
  void replaces_a_link_and_leftovers_by_the_callers_file() throws IOException {
    Path victim = Files.writeString(directory.resolve("victim"), "precious");
    Path report = Files.createSymbolicLink(directory.resolve("report"), victim);
    Files.createSymbolicLink(directory.resolve("report" + AtomicFile.PARTIAL), victim);

    AtomicFile.writeForCaller(report, out -> out.write("text"));

    assertThat(victim).hasContent("precious");
    assertThat(report).hasContent("text").isRegularFile();
    assertThat(Files.isSymbolicLink(report)).isFalse();
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("victim", "report");
  }

  @Test
  void requires_the_directory_of_a_callers_file() {
    assertThatIOException()
        .isThrownBy(() -> AtomicFile.writeForCaller(file, out -> out.write("text")));
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void leaves_nothing_next_to_the_file() throws IOException {
    AtomicFile.write(file, "text");

    assertThat(directory.resolve("sub").toFile().list()).hasSize(1);
  }

  @Test
  void makes_a_copy_readable_for_all_and_writable_for_its_owner() throws IOException {
    Path from = HostFixture.write(directory.resolve("from"), "module");
    Files.setPosixFilePermissions(from, PosixFilePermissions.fromString("rwx------"));

    AtomicFile.copy(from, file);

    assertThat(file).hasContent("module");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r--r--");
  }

  @Test
  void replaces_what_a_crash_left_under_the_partial_name() throws IOException {
    HostFixture.write(directory.resolve("sub/file" + AtomicFile.PARTIAL), "torn, and longer");

    AtomicFile.write(file, "whole");

    assertThat(file).hasContent("whole");
  }

  @Test
  void names_the_file_on_a_full_disk_and_leaves_nothing() throws IOException {
    Files.createDirectories(directory.resolve("sub"));
    Files.createSymbolicLink(
        directory.resolve("sub/file" + AtomicFile.PARTIAL), Path.of("/dev/full"));

    assertThatIOException()
        .isThrownBy(() -> AtomicFile.write(file, "text"))
        .withMessage(file + ": No space left on device");

    assertThat(directory.resolve("sub")).isEmptyDirectory();
  }

  @Test
  void leaves_no_partial_file_after_a_failed_write() throws IOException {
    HostFixture.write(file.resolve("a directory that cannot be replaced"), "");

    assertThatIOException().isThrownBy(() -> AtomicFile.write(file, "text"));

    assertThat(directory.resolve("sub").toFile().list()).containsExactly("file");
  }
}
