package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.model.BootState;
import org.kmodkeeper.model.BootState.Certainty;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.Verdict;

/** What of the boot loader's state is published. */
class GuardStatusTest extends GuardFixture {
  @Test
  void publishes_the_kernel_that_boots_next() throws Exception {
    assertThat(guard().state()).isEqualTo(new BootState(new Kernel(A), Certainty.KNOWN, null));
  }

  @Test
  void publishes_a_hold_and_since_when_it_is_in_force() throws Exception {
    comes(B);
    keep();

    assertThat(guard().state())
        .isEqualTo(
            new BootState(
                new Kernel(A),
                Certainty.KNOWN,
                new BootState.Hold(
                    new Kernel(B), Objects.requireNonNull(guard().status().since()))));
    is(B, Verdict.READY);
    keep();
    assertThat(guard().state().hold()).isNull();
  }

  @Test
  void publishes_that_no_boot_loader_is_known() throws Exception {
    Files.delete(grub.config());

    assertThat(guard().state()).isEqualTo(BootState.UNKNOWN);
  }

  @Test
  void publishes_that_a_boot_loader_cannot_be_read() {
    var status = GuardStatus.unreadable(new IOException("no"));

    assertThat(status.state(null)).isEqualTo(new BootState(null, Certainty.UNDECIDED, null));
  }

  @Test
  void publishes_that_a_kernel_lacks_its_initramfs() {
    var status = GuardStatus.withoutLoader(Set.of(new Kernel(A)));

    assertThat(status.state(null).certainty()).isEqualTo(Certainty.LACKING);
  }
}
