package org.kmodkeeper.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kmodkeeper.model.ModuleFile.Place;
import org.kmodkeeper.model.ModuleFile.Provenance;
import org.kmodkeeper.model.ModuleFile.VermagicFit;
import org.kmodkeeper.testing.Facts;

@DisplayNameGeneration(ReplaceUnderscores.class)
class StatesTest {
  private static final Kernel KERNEL = new Kernel("6.1.0-1.el9.x86_64");

  @ParameterizedTest
  @EnumSource(names = {"READY", "NOT_SET_UP", "EXCLUDED"})
  void counts_a_kernel_as_bootable_if_drivers_are_ready_or_excluded(Verdict verdict) {
    assertThat(state(Policy.Need.REQUIRED, verdict).bootable()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"READY", "NOT_SET_UP", "EXCLUDED"})
  void calls_a_kernel_with_any_other_verdict_not_bootable(Verdict verdict) {
    assertThat(state(Policy.Need.REQUIRED, verdict).bootable()).isFalse();
  }

  @Test
  void calls_a_kernel_bootable_without_an_optional_driver() {
    assertThat(state(Policy.Need.OPTIONAL, Verdict.BUILD_FAILED).bootable()).isTrue();
  }

  @Test
  void calls_a_kernel_with_one_unready_driver_unbootable() {
    var kernel =
        new KernelState(
            KERNEL,
            KernelState.Presence.INSTALLED,
            List.of(
                state(Policy.Need.REQUIRED, Verdict.READY),
                state(Policy.Need.REQUIRED, Verdict.NO_HEADERS)));

    assertThat(kernel.bootable()).isFalse();
  }

  @Test
  void reads_the_release_from_the_first_word_of_a_vermagic() {
    assertThat(module("6.1.0-1.el9.x86_64 SMP mod_unload ").builtFor())
        .isEqualTo("6.1.0-1.el9.x86_64");
    assertThat(module("6.1.0").builtFor()).isEqualTo("6.1.0");
  }

  @Test
  void requires_at_least_one_module_of_a_driver() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Driver("ixgbevf", "1.2", Path.of("/src"), List.of()))
        .withMessage("driver ixgbevf provides no module");
  }

  private static ModuleFile module(String vermagic) {
    return new ModuleFile(
        Path.of("x.ko"), Place.ADDED, null, vermagic, VermagicFit.FITS, Provenance.NONE);
  }

  private static DriverState state(Policy.Need need, Verdict verdict) {
    Observation observation = Facts.missing().need(need).observation();
    return new DriverState(observation, new Finding(verdict, "", null), new Plan.Rest(), null);
  }
}
