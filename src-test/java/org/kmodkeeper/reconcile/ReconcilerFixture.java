package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.model.DriverState;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.process.CommandRunner;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestClock;

/**
 * End to end below a temporary root: real sources, gcc, make, depmod and modprobe; no dkms. Each
 * test begins with an empty host, whose reconciler is to see to ixgbevf.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(60)
abstract class ReconcilerFixture {
  static final String RELEASE = "6.1.0-1.el9.x86_64";

  final TestClock clock = new TestClock();
  HostFixture host;
  Reconciler reconciler;

  @BeforeEach
  void start_on_an_empty_host(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    reconciler = restarted();
  }

  /** A new reconciler: it knows no more than what is on disk. */
  Reconciler restarted() throws IOException {
    return restarted(host.runner());
  }

  Reconciler restarted(CommandRunner runner) throws IOException {
    return Reconciler.open(
        host.paths(), runner, HostFixture.settings(HostFixture.driver("ixgbevf")), clock);
  }

  void pass() throws IOException, InterruptedException {
    reconciler.pass(() -> false);
  }

  /** How the first driver stands with the newest kernel. */
  DriverState state() throws IOException, InterruptedException {
    return reconciler.reader().look().kernels().get(0).drivers().get(0);
  }

  Verdict verdict() throws IOException, InterruptedException {
    return state().finding().verdict();
  }

  /** Installs a kernel with its headers, and ixgbevf 1.2 for it by a pass. */
  InstalledKernel readyKernel() throws IOException, InterruptedException {
    InstalledKernel kernel = host.kernel(RELEASE).withHeaders();
    host.source("ixgbevf", "1.2");
    pass();
    assertThat(verdict()).isEqualTo(Verdict.READY);
    return kernel;
  }
}
