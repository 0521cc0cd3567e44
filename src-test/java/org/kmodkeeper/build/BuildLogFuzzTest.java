package org.kmodkeeper.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kmodkeeper.testing.Lines.assertIsLine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class BuildLogFuzzTest {
  private final Path file;

  BuildLogFuzzTest(@TempDir Path directory) {
    file = directory.resolve("make.log");
  }

  @FuzzTest
  void quotes_what_a_compiler_says_in_one_line(byte[] output) throws IOException {
    var log = new BuildLog(Files.write(file, output));

    log.firstError().ifPresent(error -> assertIsLine(error));
    assertThat(log.lastLines().lines().count()).isLessThanOrEqualTo(8);
  }
}
