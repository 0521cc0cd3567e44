package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class IoErrorsTest {
  @Test
  void describes_a_failure_without_the_names_of_java() {
    assertThat(IoErrors.text(new FileSystemException("/a", null, "Is a directory")))
        .isEqualTo("/a: Is a directory");
    assertThat(IoErrors.text(new IOException("make: not found"))).isEqualTo("make: not found");
  }

  @Test
  void describes_a_failure_without_reason_by_its_class() {
    assertThat(IoErrors.text(new NoSuchFileException("/a")))
        .isEqualTo("/a: No such file or directory");
    assertThat(IoErrors.text(new AccessDeniedException("/a"))).isEqualTo("/a: Permission denied");
    assertThat(IoErrors.text(new FileSystemLoopException("/a")))
        .isEqualTo("java.nio.file.FileSystemLoopException: /a");
    assertThat(IoErrors.text(new IOException())).isEqualTo("java.io.IOException");
  }

  @Test
  void adds_a_file_to_a_failure_that_names_none() {
    var full = new IOException("No space left on device");
    var named = new NoSuchFileException("/b");

    assertThat(IoErrors.at(Path.of("/a"), full))
        .hasMessage("/a: No space left on device")
        .hasCause(full);
    assertThat(IoErrors.at(Path.of("/a"), named)).isSameAs(named);
    assertThat(IoErrors.at(Path.of("/a"), new ClosedByInterruptException()))
        .hasMessage("/a: interrupted");
  }
}
