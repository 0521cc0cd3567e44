package org.kmodkeeper.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DiskBoundsTest {
  private final Path build;
  private final Path log;

  DiskBoundsTest(@TempDir Path directory) throws IOException {
    build = Files.createDirectories(directory.resolve("driver/build"));
    log = build.resolve("make.log");
  }

  private void grow(long size) throws IOException {
    try (var file = new RandomAccessFile(log.toFile(), "rw")) {
      file.setLength(size);
    }
  }

  @Test
  void does_not_take_a_removed_directory_for_a_full_disk() throws IOException {
    var bounds = new DiskBounds(List.of(log), build);

    Files.delete(build);
    Files.delete(build.getParent());

    assertThat(bounds.exceeded()).isEmpty();
    bounds.trim();
  }

  @Test
  void truncates_a_log_at_its_limit() throws IOException {
    grow(100);
    var bounds = new DiskBounds(List.of(log), null);

    grow(100 + DiskBounds.MAX_OUTPUT);
    assertThat(bounds.exceeded()).isEmpty();
    grow(101 + DiskBounds.MAX_OUTPUT);

    assertThat(bounds.exceeded()).contains("it printed more than 64 MiB");
    bounds.trim();
    assertThat(log).hasSize(100 + DiskBounds.MAX_OUTPUT);
  }

  @Test
  void measures_a_log_from_its_new_beginning() throws IOException {
    grow(DiskBounds.MAX_OUTPUT * 2);
    var bounds = new DiskBounds(List.of(log), null);

    grow(0);
    assertThat(bounds.exceeded()).isEmpty();
    grow(1 + DiskBounds.MAX_OUTPUT);

    assertThat(bounds.exceeded()).isPresent();
  }
}
