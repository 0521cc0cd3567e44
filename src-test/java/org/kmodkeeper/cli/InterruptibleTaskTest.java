package org.kmodkeeper.cli;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** How work that is not done ends: with one line and a status, never with a stack trace. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class InterruptibleTaskTest {
  private static void assertFails(InterruptibleTask work, String message) {
    assertThatExceptionOfType(CommandFailedException.class)
        .isThrownBy(() -> InterruptibleTask.of(work))
        .withMessage(message)
        .matches(failure -> failure.exitStatus() == ExitStatus.FAILURE.code());
  }

  @Test
  void says_after_an_interruption_that_it_can_be_repeated() {
    assertFails(
        () -> {
          throw new InterruptedException();
        },
        "interrupted; the command can be repeated");
  }

  @Test
  void says_the_same_after_an_interruption_of_input_or_output() {
    assertFails(
        () -> {
          throw new ClosedByInterruptException();
        },
        "interrupted; the command can be repeated");
  }

  @Test
  void quotes_the_error_of_the_disk() {
    assertFails(
        () -> {
          throw new IOException("/usr/src: No space left on device");
        },
        "not completed: /usr/src: No space left on device");
  }
}
