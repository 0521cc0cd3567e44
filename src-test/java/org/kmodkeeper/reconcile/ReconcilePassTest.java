package org.kmodkeeper.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.HostState;
import org.kmodkeeper.model.Verdict;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;

/** What a pass over three kernels and two drivers observes and publishes. */
class ReconcilePassTest extends ReconcilerFixture {
  private final Looks looks = new Looks();
  private final List<HostState> published = new CopyOnWriteArrayList<>();
  private InstalledKernel middle;

  @BeforeEach
  void all_drivers_are_ready() throws Exception {
    host.kernel("6.1.0-1.el9.x86_64").withHeaders();
    middle = host.kernel("6.1.0-2.el9.x86_64").withHeaders();
    host.kernel("6.1.0-3.el9.x86_64").withHeaders();
    host.source("ixgbevf", "1.2");
    host.source("toy", "1.0");
    reconciler =
        Reconciler.open(
            host.paths(),
            host.runner(),
            HostFixture.settings(HostFixture.driver("ixgbevf"), HostFixture.driver("toy")),
            clock);
    pass();
    assertThat(reconciler.reader().look().bootable()).isTrue();
    clock.advance(Duration.ofMinutes(5));
    looks.forget();
    reconciler.publisher().listen(published::add);
  }

  @AfterEach
  void close() {
    looks.close();
  }

  @Test
  void observes_the_host_once_with_nothing_to_do() throws Exception {
    pass();

    assertThat(looks.atTheHost()).isEqualTo(1);
    assertThat(looks.atCells()).isZero();
    assertThat(published).isEmpty();
  }

  @Test
  void observes_the_host_twice_and_one_cell_with_one_remedy() throws Exception {
    Files.delete(middle.file("extra/toy.ko"));
    middle.depmod();

    pass();

    assertThat(looks.atTheHost()).isEqualTo(2);
    assertThat(looks.atCells()).isEqualTo(1);
    assertThat(verdicts()).containsExactly(Verdict.MISSING, Verdict.BUILDING, Verdict.READY);
  }

  /** Of the driver that was missing, without what was published twice for another reason. */
  private List<Verdict> verdicts() {
    return published.stream()
        .map(state -> state.kernels().get(1).drivers().get(1).finding().verdict())
        .distinct()
        .toList();
  }
}
