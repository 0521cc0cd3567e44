package org.kmodkeeper.cli;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.kmodkeeper.adopt.RefusedException;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.model.Verdict;

/** Work that this process does itself; when it is told to end, it cleans up first. */
@FunctionalInterface
interface InterruptibleTask {
  /** How long cleaning up may take. */
  long CLEANUP_TIMEOUT_SECONDS = 5;

  void work() throws IOException, InterruptedException, RefusedException, CommandFailedException;

  /** Does the work in this thread; SIGINT and SIGTERM interrupt it. */
  static void of(InterruptibleTask work) throws CommandFailedException {
    Thread worker = Thread.currentThread();
    var ended = new CountDownLatch(1);
    var ending =
        new Thread(
            () -> {
              worker.interrupt();
              try {
                ended.await(CLEANUP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
              } catch (InterruptedException hurried) {
                Thread.currentThread().interrupt();
              }
            });
    Runtime.getRuntime().addShutdownHook(ending);
    try {
      work.work();
    } catch (RefusedException refused) {
      throw new CommandFailedException(exitStatus(refused), String.valueOf(refused.getMessage()));
    } catch (InterruptedException | ClosedByInterruptException stop) {
      throw ExitStatus.FAILURE.because("interrupted; the command can be repeated");
    } catch (IOException failed) {
      throw ExitStatus.FAILURE.because("not completed: " + IoErrors.text(failed));
    } finally {
      ended.countDown();
      forget(ending);
    }
  }

  private static void forget(Thread ending) {
    try {
      Runtime.getRuntime().removeShutdownHook(ending);
    } catch (IllegalStateException atWork) {
      // The process ends; it waits for this thread no longer.
    }
  }

  private static int exitStatus(RefusedException refused) {
    return switch (refused.reason()) {
      case UNFIT -> ExitStatus.FAILURE.code();
      case UNKNOWN -> ExitStatus.NOT_FOUND.code();
      case NOT_READY -> Verdict.BUILD_FAILED.exitStatus();
    };
  }
}
