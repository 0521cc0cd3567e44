package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.host.LockFile;

@DisplayNameGeneration(ReplaceUnderscores.class)
class PreflightCommandTest {
  @Test
  @Timeout(30)
  void says_that_it_waits_for_another_one(@TempDir Path root) throws Exception {
    var terminal = new TestTerminal(root);
    LockFile held = LockFile.tryTake(terminal.paths.preflightLock()).orElseThrow();
    terminal.afterError(() -> release(held));

    assertThat(terminal.run("preflight")).isZero();

    assertThat(terminal.err())
        .isEqualTo("kmodkeeper: another preflight is running, waiting for its end\n");
    assertThat(terminal.run("preflight")).isZero();
    assertThat(terminal.err()).isEmpty();
  }

  private static void release(LockFile held) {
    try {
      held.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
