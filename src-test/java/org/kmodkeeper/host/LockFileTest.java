package org.kmodkeeper.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(20)
class LockFileTest {
  private final Path file;

  LockFileTest(@TempDir Path directory) {
    file = directory.resolve("state/lock");
  }

  @Test
  void allows_one_holder_only() throws IOException {
    try (LockFile held = LockFile.tryTake(file).orElseThrow()) {
      assertThat(held).isNotNull();
      assertThat(LockFile.tryTake(file)).isEmpty();
      assertThatIOException()
          .isThrownBy(() -> LockFile.take(file, "stop it"))
          .withMessage(file + ": held by another process; stop it");
    }
  }

  @Test
  void passes_to_the_next_one_when_it_is_given_up() throws Exception {
    LockFile held = LockFile.take(file, "");
    var tries = new CountDownLatch(3);
    var thread =
        new Thread(
            () -> {
              while (tries.getCount() > 0) {
                Thread.onSpinWait();
              }
              close(held);
            });
    thread.start();

    LockFile.await(file, tries::countDown).close();

    assertThat(tries.getCount()).isZero();
    thread.join();
  }

  private static void close(LockFile lock) {
    try {
      lock.close();
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }
}
