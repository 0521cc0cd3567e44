package org.kmodkeeper.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.kmodkeeper.config.Settings.GuardMode;
import org.kmodkeeper.model.Kernel;
import org.kmodkeeper.model.KernelState;
import org.kmodkeeper.model.Plan;
import org.kmodkeeper.model.Remedy;
import org.kmodkeeper.model.Verdict;

/** What is said where there is nothing to move. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuardRulesTest {
  private static final Kernel ONLY = new Kernel("6.1.0-9.el9.x86_64");
  private static final BootEntry ENTRY = new BootEntry("entry", "Linux", ONLY, "ro");

  private static Decision decide(String doubt, Plan plan) {
    boolean known = doubt.isEmpty();
    KernelState state = GuardFixture.state(ONLY, Verdict.MISSING, plan);
    return new GuardRules(
            new BootMenu(
                List.of(ENTRY), "entry", known ? ENTRY : null, null, known ? null : doubt, null),
            new InstalledKernels(List.of(state), ONLY, Set.of()),
            GuardState.NONE,
            GuardMode.HOLD,
            Instant.EPOCH)
        .decide();
  }

  @Test
  void does_not_warn_of_the_first_kernel_during_work_on_it() {
    assertThat(decide("", new Plan.Apply(Remedy.DKMS))).isInstanceOf(Decision.Rest.class);
    assertThat(decide("", new Plan.Rest()))
        .isEqualTo(
            new Decision.Warn(
                "kernel "
                    + ONLY
                    + " boots by default and is not bootable: driver ixgbevf: missing: as the test"
                    + " says; no other kernel is bootable"));
  }

  @Test
  void reports_what_only_the_boot_loader_decides_and_moves_nothing() {
    assertThat(decide("it counts boots", new Plan.Rest()))
        .isEqualTo(new Decision.Warn("which kernel boots next is not known: it counts boots"));
  }
}
