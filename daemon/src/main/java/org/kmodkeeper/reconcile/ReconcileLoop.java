package org.kmodkeeper.reconcile;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.host.IoErrors;
import org.kmodkeeper.host.PackageTransaction;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.process.Heartbeat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs {@link Reconciler#pass} again and again: when asked, when a retry comes due, and now and
 * then unasked.
 *
 * <p>Being asked means "look again", nothing more: a burst of requests costs one pass, and a lost
 * one only time.
 */
public final class ReconcileLoop {
  private static final Logger log = LoggerFactory.getLogger(ReconcileLoop.class);

  /** A tree that is being unpacked changes many times; one pass at its end is enough. */
  private static final Duration DEBOUNCE = Duration.ofSeconds(2);

  /** A tree that never stops changing still gets a pass this often. */
  private static final Duration MAX_DEBOUNCE = Duration.ofMinutes(1);

  /** After a pass that failed as a whole; a full disk or a bug does not go away faster. */
  private static final Duration FAILURE_DELAY = Duration.ofMinutes(1);

  /** Between a pass and one for a caller who only wants to know: anybody may ask for those. */
  private static final Duration REFRESH_INTERVAL = Duration.ofSeconds(2);

  /** The end of a yum is not an event. */
  private static final Duration YUM_INTERVAL = Duration.ofMillis(500);

  /** A build is killed within two seconds; what else a pass does is shorter. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(4);

  private final Reconciler reconciler;
  private final StatePublisher publisher;
  private final PackageTransaction transaction;
  private final Clock clock;
  private final Heartbeat heartbeat;
  private final Thread thread = new Thread(this::run, "reconcile");

  private boolean asked;
  private boolean working;
  private boolean refreshed = true;
  private Instant due;
  private Instant ended = Instant.EPOCH;
  private Instant lastSeen;
  private Instant quiet = Instant.MAX;
  private Instant noiseBegan = Instant.MAX;
  private volatile boolean finishing;
  private volatile boolean stopping;

  /**
   * @param transaction while it runs, changes are waited out
   * @param heartbeat beaten by the loop's own thread, also while it waits
   */
  public ReconcileLoop(
      Reconciler reconciler, PackageTransaction transaction, Clock clock, Heartbeat heartbeat) {
    this.reconciler = reconciler;
    this.publisher = reconciler.publisher();
    this.transaction = transaction;
    this.clock = clock;
    this.heartbeat = heartbeat;
    this.due = clock.instant();
    this.lastSeen = due;
  }

  /** Begins with a first pass. */
  public void start() {
    lookAgain();
    thread.start();
  }

  /** Asks for a pass now. */
  public synchronized void lookAgain() {
    asked = true;
    wake();
  }

  /**
   * Something has changed: asks for a pass now or, in the middle of a package transaction, when
   * that has ended.
   */
  public void changed() {
    if (isInTransaction()) {
      lookAgainWhenQuiet();
    } else {
      lookAgain();
    }
  }

  /**
   * Asks for a pass as soon as nobody has asked for one for two seconds and no transaction runs.
   */
  public synchronized void lookAgainWhenQuiet() {
    Instant now = clock.instant();
    noiseBegan = now.isBefore(noiseBegan) ? now : noiseBegan;
    quiet = earlier(now.plus(DEBOUNCE), noiseBegan.plus(MAX_DEBOUNCE));
    wake();
  }

  /** Asks for a pass that publishes what is on disk from now on; soon, but not too often. */
  public synchronized void refresh() {
    refreshed = false;
    wake();
  }

  private void wake() {
    publisher.publish(StatePublisher.Loop.BUSY);
    notifyAll();
  }

  /** Whether a pass is going on, or will come without a wait for the clock alone. */
  public synchronized boolean isBusy() {
    return asked || working || !refreshed || !quiet.equals(Instant.MAX);
  }

  private void run() {
    heartbeat.begin();
    try {
      reconciler.recover();
    } catch (IOException | RuntimeException failed) {
      log.error("cannot clean up after an earlier run, ignoring", failed);
    } catch (InterruptedException stop) {
      return;
    }
    while (!stopping && (!finishing || isAsked())) {
      try {
        awaitWork();
        pass();
      } catch (InterruptedException stop) {
        log.debug("the loop is stopping");
        return;
      }
    }
  }

  private synchronized void awaitWork() throws InterruptedException {
    while (!asked && !finishing && !isDue()) {
      long left = Duration.between(clock.instant(), next()).toMillis();
      Duration step = reconciler.awaitsYum() ? YUM_INTERVAL : heartbeat.interval();
      wait(Math.max(1, Math.min(left, step.toMillis())));
      heartbeat.beat();
    }
    // What changes from here on asks for another pass.
    asked = false;
    quiet = Instant.MAX;
    noiseBegan = Instant.MAX;
    refreshed = true;
    working = true;
    publisher.publish(StatePublisher.Loop.BUSY);
  }

  /** When the next pass comes, unless it is asked for. */
  private Instant next() {
    Instant planned = earlier(due, quiet);
    return refreshed ? planned : earlier(planned, ended.plus(REFRESH_INTERVAL));
  }

  private boolean isDue() {
    Instant now = clock.instant();
    followBack(now);
    if (!now.isBefore(quiet) && now.isBefore(due) && isInTransaction()) {
      quiet = now.plus(DEBOUNCE);
    }
    return !now.isBefore(next()) || reconciler.hasYumEnded();
  }

  /** If the clock is set back, all appointments move with it, so that no wait becomes longer. */
  private void followBack(Instant now) {
    if (now.isBefore(lastSeen)) {
      Duration back = Duration.between(now, lastSeen);
      due = due.minus(back);
      ended = ended.minus(back);
      quiet = quiet.equals(Instant.MAX) ? quiet : quiet.minus(back);
      noiseBegan = noiseBegan.equals(Instant.MAX) ? noiseBegan : noiseBegan.minus(back);
    }
    lastSeen = now;
  }

  private boolean isInTransaction() {
    try {
      return transaction.isRunning();
    } catch (IOException unreadable) {
      log.warn("cannot determine whether rpm is running, ignoring: {}", unreadable.toString());
      return false;
    }
  }

  private void pass() throws InterruptedException {
    Duration next = FAILURE_DELAY;
    @Nullable Instant retry = null;
    log.debug("a pass begins");
    try {
      Optional<Instant> first = reconciler.pass(this::isAsked);
      retry = first.orElse(null);
      next = reconciler.settings().resync();
    } catch (IOException failed) {
      publisher.publishTrouble(IoErrors.text(failed));
      if (!stopping) {
        log.error(
            "the pass failed, the next one starts in {} s: {}",
            next.toSeconds(),
            IoErrors.text(failed));
      }
    } catch (RuntimeException bug) {
      publisher.publishTrouble("a bug in kmodkeeper: " + bug);
      log.error("the pass failed; this is a bug in kmodkeeper", bug);
    } finally {
      synchronized (this) {
        working = false;
        ended = clock.instant();
        due = ended.plus(next);
        due = retry == null ? due : earlier(due, retry);
        publisher.publish(isBusy() ? StatePublisher.Loop.BUSY : StatePublisher.Loop.IDLE);
      }
      // Reading modules leaves large buffers behind; an idle daemon gives that memory back.
      System.gc();
    }
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  /**
   * Lets the work on the kernel that boots next come to its end, also what was asked for and has
   * not begun; without a limit.
   *
   * @param waiting takes that kernel
   */
  public void finish(Consumer<Kernel> waiting) throws IOException, InterruptedException {
    boolean again = askNow();
    Optional<Kernel> next = isBusy() ? reconciler.finishNext(again) : Optional.empty();
    if (next.isPresent()) {
      waiting.accept(next.get());
      beginFinishing();
      thread.join();
    }
  }

  /** The pass may have ended by now; then one more tells that nothing is left to do. */
  private synchronized void beginFinishing() {
    finishing = true;
    notifyAll();
  }

  /** No debounce at shutdown: asks for a pending pass now; tells whether one follows this one. */
  private synchronized boolean askNow() {
    asked |= !quiet.equals(Instant.MAX);
    notifyAll();
    return asked;
  }

  private synchronized boolean isAsked() {
    return asked;
  }

  /** Stops the loop; a running build is killed with all its processes. */
  public void stop() {
    stopping = true;
    thread.interrupt();
    try {
      thread.join(STOP_TIMEOUT.toMillis());
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
