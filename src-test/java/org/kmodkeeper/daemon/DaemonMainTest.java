package org.kmodkeeper.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.process.Completed;
import org.kmodkeeper.process.SearchPath;
import org.kmodkeeper.testing.JavaProgram;

@DisplayNameGeneration(ReplaceUnderscores.class)
class DaemonMainTest {
  /** One thread runs out of memory, the other would go on for ever. */
  static final class Program {
    public static void main(String[] arguments) throws InterruptedException {
      DaemonMain.endWithAnyThread();
      var lost =
          new Thread(
              () -> {
                throw new OutOfMemoryError("unable to create native thread");
              },
              "varlink-accept");
      lost.start();
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  @Test
  void ends_and_reports_after_a_thread_was_lost() throws Exception {
    Completed ended = new CommandRunner(SearchPath.SYSTEM).run(JavaProgram.command(Program.class));

    assertThat(ended.succeeded()).isFalse();
    assertThat(ended.stdout() + ended.stderr())
        .contains("kmodkeeperd exits and is restarted: varlink-accept");
  }
}
