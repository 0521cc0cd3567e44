package org.kmodkeeper.image;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.kmodkeeper.config.Settings;
import org.kmodkeeper.host.HostPaths;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.reconcile.Reconciler;

/** Makes drivers ready once, on the calling thread; the boot loader is left alone. */
public final class ImagePreparation {
  private final Reconciler reconciler;

  private ImagePreparation(Reconciler reconciler) {
    this.reconciler = reconciler;
  }

  /**
   * Cleans up what a build that was killed has left.
   *
   * @param image whose instance lock the caller holds
   */
  public static ImagePreparation open(
      HostPaths image, CommandRunner runner, Settings settings, Clock clock)
      throws IOException, InterruptedException {
    var reconciler = Reconciler.open(image, runner, settings, clock);
    reconciler.recover();
    return new ImagePreparation(reconciler);
  }

  /**
   * Makes the drivers of one kernel ready after the other; the disk tells what came of it.
   *
   * @param driver the only one, beside those that it depends on; or null for all
   */
  public void prepare(List<Kernel> kernels, @Nullable String driver)
      throws IOException, InterruptedException {
    Predicate<DriverState> wanted = state -> driver == null || driver.equals(name(state));
    for (Kernel kernel : kernels) {
      for (DriverState state : reconciler.reader().look(kernel).drivers()) {
        // Who runs it again does not want to wait for the time of the next try.
        if (state.finding().verdict() != Verdict.READY && state.last() != null) {
          int unused = reconciler.requestRebuild(kernel.release(), name(state));
        }
      }
      var unused = reconciler.pass(kernel, wanted);
    }
  }

  private static String name(DriverState state) {
    return state.observation().policy().name();
  }
}
